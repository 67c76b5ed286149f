import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { Endpoint } from '../../operator-cli/exchange.ts';
import { exchange } from '../../operator-cli/exchange.ts';
import { OpsRefusal } from '../../operator-cli/failure.ts';
import type { Ops } from '../ops.ts';
import type { MappingSettings } from '../proposal.rules.ts';
import { lookUpAddresses, type Ranges, resolverAt } from './addresses.ts';
import { lookAtCertificate } from './certificate.ts';
import type { AddressFact, AnswerFact, CertificateFact, Facts, NotLooked } from './facts.ts';

/** What the operator said, and where to look. */
export interface Onboarding
  extends Pick<
    Facts,
    'host' | 'local' | 'way' | 'holder' | 'platformZone' | 'target' | 'shopId' | 'settlesMs'
  > {
  /** The mapping that a host begins with. */
  readonly first: MappingSettings | null;
  readonly ranges: Ranges;
  /** `IP:PORT` of a name server; absent: the machine's own. */
  readonly resolver: string | undefined;
  /** Where https is looked at, instead of where DNS leads. Locally: the front door, over http. */
  readonly edge: Endpoint | undefined;
  /** Where http is looked at. */
  readonly edgeHttp: Endpoint | undefined;
  /** The port that goes into a local Host header; '' elsewhere. */
  readonly localPort: string;
}

const ONBOARDING_REASON = 'Onboarding: may this host be mapped?';

/** Looks anew at everything that an onboarding is judged by. Writes nothing. */
export async function look(onboarding: Onboarding, ops: Ops): Promise<Facts> {
  const { host, shopId, local, edge } = onboarding;
  const [shop, mapping, addresses] = await Promise.all([
    ops.shop(shopId),
    ops.get(host),
    addressesOf(onboarding),
  ]);
  const refusal =
    mapping === null && shop !== null ? await refusalOf(host, onboarding.first, ops) : null;
  const secure = edge ?? endpointOf(addresses, 443);
  const certificate = await certificateOf(onboarding, secure);
  return {
    ...onboarding,
    edge: local || edge === undefined ? null : `${edge.hostname}:${edge.port}`,
    shop,
    mapping,
    refusal,
    addresses,
    certificate,
    ...(await lookFromOutside(onboarding, mapping, addresses, secure)),
    now: new Date(),
  };
}

async function refusalOf(
  host: string,
  first: MappingSettings | null,
  ops: Ops,
): Promise<string | null> {
  if (first === null) return null;
  try {
    await ops.put(host, { ...first, reason: ONBOARDING_REASON }, { seen: null, dryRun: true });
    return null;
  } catch (error) {
    if (error instanceof OpsRefusal && (error.status === 422 || error.status === 409)) {
      return error.detail;
    }
    throw error;
  }
}

async function addressesOf(onboarding: Onboarding): Promise<AddressFact> {
  const { host, local, resolver, ranges, target } = onboarding;
  if (local) return { kind: 'not_looked', why: 'not needed locally' };
  return lookUpAddresses(host, { resolver: resolverAt(resolver), ranges, target });
}

async function certificateOf(
  { host, local }: Onboarding,
  at: Endpoint | undefined,
): Promise<CertificateFact> {
  if (local) return { kind: 'not_looked', why: 'not needed locally' };
  if (at === undefined) return { kind: 'not_looked', why: 'when DNS leads to the platform' };
  return lookAtCertificate(host, at);
}

type Outside = Pick<Facts, 'frontDoor' | 'page' | 'plain'>;

async function lookFromOutside(
  { host, local, edge, edgeHttp, localPort }: Onboarding,
  mapping: HostMapping | null,
  addresses: AddressFact,
  secure: Endpoint | undefined,
): Promise<Outside> {
  // A host that is not mapped would be remembered as unknown by whoever is asked now.
  const unmapped: NotLooked = { kind: 'not_looked', why: 'when it is mapped' };
  if (mapping === null) return { frontDoor: unmapped, page: unmapped, plain: unmapped };
  const elsewhere =
    edge === undefined && addresses.kind === 'addresses' && addresses.foreign.length > 0;
  if (secure === undefined || elsewhere) {
    const why = 'when DNS leads to the platform, or now with --edge HOST:PORT';
    const unreached: NotLooked = { kind: 'not_looked', why };
    return { frontDoor: unreached, page: unreached, plain: unreached };
  }
  const base = local ? `http://${host}${localPort}` : `https://${host}`;
  const http = edgeHttp ?? endpointOf(addresses, 80) ?? { hostname: secure.hostname, port: 80 };
  const [frontDoor, page, plain] = await Promise.all([
    ask(`${base}/.well-known/front-door`, secure),
    askForPage(`${base}/`, secure),
    local ? unmapped : ask(`http://${host}/`, http),
  ]);
  return { frontDoor, page, plain };
}

/** A shop that is open sends a browser on to its language: one step further on the same host. */
async function askForPage(url: string, connect: Endpoint): Promise<AnswerFact> {
  const answer = await ask(url, connect);
  if (answer.kind !== 'answer' || answer.status !== 307) return answer;
  const next = new URL(answer.headers.get('location') ?? '', url);
  return next.host === new URL(url).host ? ask(next.href, connect) : answer;
}

async function ask(url: string, connect: Endpoint): Promise<AnswerFact> {
  try {
    const headers = { accept: 'text/html, application/json' };
    const {
      status,
      headers: received,
      text,
    } = await exchange({ url: new URL(url), connect, headers });
    return { kind: 'answer', status, headers: new Map(received), text };
  } catch (error) {
    return { kind: 'failed', why: error instanceof Error ? error.message : String(error) };
  }
}

function endpointOf(addresses: AddressFact, port: number): Endpoint | undefined {
  const hostname = addresses.kind === 'addresses' ? addresses.addresses[0] : undefined;
  return hostname === undefined ? undefined : { hostname, port };
}
