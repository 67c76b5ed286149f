import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MAPPING_SETTLES_MS } from '../../front-door/mapping/host-directory.ts';
import { readTextFile, shopsZoneVariable } from '../../operator-cli/config.ts';
import { type ExitCode, UsageError } from '../../operator-cli/failure.ts';
import { endpointOf, type Settings } from '../../operator-cli/settings.ts';
import { hostFrom, localesFrom, oneOf } from '../arguments.ts';
import { changeMapping } from '../change-mapping.ts';
import type { Call, Command } from '../command.ts';
import type { Ranges } from '../onboarding/addresses.ts';
import { type Facts, HOLDERS, WAYS } from '../onboarding/facts.ts';
import { look, type Onboarding } from '../onboarding/look.ts';
import { nextWrite, planOf } from '../onboarding/plan.rules.ts';
import { type Step, stepLines } from '../onboarding/step.rules.ts';
import type { Ops } from '../ops.ts';
import { propose } from '../proposal.rules.ts';
import { withCanonicalLocales } from './set.ts';

const RANGES_FILE = new URL('../../cloudflare/addresses.json', import.meta.url);
const LOOK_EVERY_MS = 3_000;
/** Beyond the documented time, for clocks that differ. */
const PATIENCE_MS = 30_000;

export const onboard: Command = {
  name: 'onboard',
  subject: 'HOST',
  summary:
    'Walks a new host to its opening: says what is done, what is missing, and what to do next.',
  options: {
    shop: { value: 'SHOP', help: 'the shop that the host shall belong to; always needed' },
    kind: {
      value: 'KIND',
      help: `${WAYS.join(', ')}; umbrella is a name under the zone of the shops`,
    },
    by: {
      value: 'HOLDER',
      help: 'custom-hostname: the DNS zone stays with its owner; zone: it is in our account',
    },
    canonical: { value: 'HOST', help: 'where a vanity host redirects to' },
    locales: { value: 'LIST', help: 'of a new host: "en-IE de-DE"' },
    'default-locale': { value: 'LOCALE', help: 'of a new host; else the first' },
    apply: { help: 'map the host, closed for now: landing_only; a vanity host redirect_only' },
    activate: { help: 'open the shop; with --apply, when nothing is missing' },
    wait: { help: 'wait until what was written holds everywhere' },
    reason: { value: 'TEXT', help: 'why, for the audit; else that it is an onboarding' },
    zone: { value: 'ZONE', help: "the zone of the platform's shops, else SHOPS_ZONE" },
    target: { value: 'HOST', help: 'what custom hostnames point at; else shops.ZONE' },
    edge: { value: 'HOST:PORT', help: 'look at https there, before DNS leads to it' },
    'edge-http': { value: 'HOST:PORT', help: 'look at http there; else port 80 of --edge' },
    resolver: { value: 'IP:PORT', help: "a name server, instead of this machine's own" },
    addresses: { value: 'FILE', help: "the platform's address ranges; else Cloudflare's" },
  },
  more: `
It keeps no notes: every run looks anew at what is true, so it can be left and taken up again by somebody else. Exit
code 0 when nothing is missing, 1 while something is. Runbooks: edge/hosts/runbooks/.

  npm run hosts -- onboard www.brand.example --kind apex --shop SHOP --locales "en-IE de-DE"
  npm run hosts -- onboard www.brand.example --kind apex --shop SHOP --locales "en-IE de-DE" --apply
  npm run hosts -- onboard www.brand.example --kind apex --shop SHOP --activate --apply --wait`,
  async run(call) {
    const ops = call.ops();
    const onboarding = await onboardingFrom(call, ops);
    let facts = await look(onboarding, ops);
    let steps = planOf(facts);
    print(call, steps);
    if (await write(call, ops, onboarding, facts, steps)) {
      facts = await look(onboarding, ops);
      steps = planOf(facts);
      if (!call.isSet('wait')) print(call, steps);
    }
    if (call.isSet('wait')) steps = await waitUntilSettled(call, ops, onboarding, steps);
    return exitCodeOf(call, steps);
  },
};

/** @returns whether something was written */
async function write(
  call: Call,
  ops: Ops,
  onboarding: Onboarding,
  facts: Facts,
  steps: readonly Step[],
): Promise<boolean> {
  const next = nextWrite(facts, steps, call.isSet('activate'));
  const { terminal } = call;
  if (next.kind === 'blocked') {
    const titles = next.by.map(({ title }) => title).join('; ');
    terminal.note(`Nothing can be written yet. First: ${titles}.`);
  }
  if (next.kind !== 'write') return false;
  const { host, mapping } = facts;
  const settings = mapping ?? onboarding.first;
  if (settings === null) {
    const lacking = `to map ${host}, say its --locales; for a vanity host its --canonical, which is mapped`;
    if (call.isSet('apply')) throw new UsageError(lacking);
    terminal.note(`${lacking[0]?.toUpperCase()}${lacking.slice(1)}.`);
    return false;
  }
  const proposal = propose(host, mapping, { ...settings, mode: next.mode });
  if (!proposal.ok) throw new UsageError(`${host} needs ${proposal.missing.join(' and ')}`);
  terminal.print('');
  const written = await changeMapping(
    {
      host,
      current: mapping,
      seen: mapping?.version ?? null,
      settings: proposal.settings,
      reason: call.text('reason') ?? next.why,
      apply: call.isSet('apply'),
    },
    { ops, terminal },
  );
  return written !== null;
}

async function waitUntilSettled(
  call: Call,
  ops: Ops,
  onboarding: Onboarding,
  before: Step[],
): Promise<Step[]> {
  const deadlineMs = Date.now() + MAPPING_SETTLES_MS + PATIENCE_MS;
  let steps = before;
  if (!isWaiting(steps)) return steps;
  call.terminal.note('Waiting until it holds everywhere …');
  while (isWaiting(steps) && Date.now() < deadlineMs) {
    await sleep(LOOK_EVERY_MS);
    steps = planOf(await look(onboarding, ops));
  }
  print(call, steps);
  return steps;
}

function isWaiting(steps: readonly Step[]): boolean {
  return steps.some(({ state }) => state === 'waiting');
}

function print({ terminal }: Call, steps: readonly Step[]): void {
  terminal.print('');
  for (const line of stepLines(steps)) terminal.print(line);
}

function exitCodeOf({ terminal }: Call, steps: readonly Step[]): ExitCode {
  const missing = steps.filter(({ state }) => state === 'missing');
  const [first] = missing;
  terminal.print('');
  if (first !== undefined) {
    terminal.print(`${missing.length} missing. Next: ${[first.title, ...first.next].join('\n  ')}`);
    return 1;
  }
  terminal.print(isWaiting(steps) ? 'Nothing is missing; it takes its time now.' : 'All is done.');
  return 0;
}

async function onboardingFrom(call: Call, ops: Ops): Promise<Onboarding> {
  const host = hostFrom(call.subject);
  const shopId = call.text('shop');
  if (shopId === undefined) throw new UsageError('--shop is needed: whose host shall it be?');
  const settings = call.settings();
  const local = host === 'localhost' || host.endsWith('.localhost');
  const zone = local ? 'localhost' : (call.text('zone') ?? shopsZoneVariable());
  if (zone === undefined) {
    throw new UsageError("the zone of the platform's shops is needed: --zone ZONE or SHOPS_ZONE");
  }
  const way = oneOf(call, 'kind', WAYS) ?? (host.endsWith(`.${zone}`) ? 'umbrella' : null);
  return {
    host,
    local,
    way,
    holder: oneOf(call, 'by', HOLDERS) ?? 'custom-hostname',
    platformZone: zone,
    target: call.text('target') ?? `shops.${zone}`,
    shopId,
    settlesMs: MAPPING_SETTLES_MS,
    first: await firstMapping(call, ops, { host, way, shopId }),
    ranges: rangesFrom(call),
    resolver: call.text('resolver'),
    ...edgesFrom(call, settings, local),
    localPort: local && settings.opsUrl.port !== '' ? `:${settings.opsUrl.port}` : '',
  };
}

function edgesFrom(
  call: Call,
  { opsUrl, connect }: Settings,
  local: boolean,
): Pick<Onboarding, 'edge' | 'edgeHttp'> {
  const edge = call.text('edge');
  const edgeHttp = call.text('edge-http');
  const control = connect ?? { hostname: '127.0.0.1', port: Number(opsUrl.port || 80) };
  return {
    edge: edge === undefined ? (local ? control : undefined) : endpointOf(edge, 443),
    edgeHttp: edgeHttp === undefined ? undefined : endpointOf(edgeHttp, 80),
  };
}

/** Null where nobody has said enough to make one; a host that is mapped needs none. */
async function firstMapping(
  call: Call,
  ops: Ops,
  { host, way, shopId }: Pick<Facts, 'host' | 'way' | 'shopId'>,
): Promise<Onboarding['first']> {
  const canonical = call.text('canonical');
  if (way === 'vanity' && canonical === undefined) return null;
  const edit = await withCanonicalLocales(ops, null, {
    shopId,
    kind: way === 'vanity' ? 'vanity' : 'canonical',
    canonicalHost: way === 'vanity' && canonical !== undefined ? hostFrom(canonical) : host,
    locales: localesFrom(call.text('locales')),
    defaultLocale: call.text('default-locale'),
  });
  const proposal = propose(host, null, edit);
  return proposal.ok ? proposal.settings : null;
}

function rangesFrom(call: Call): Ranges {
  const file = call.text('addresses');
  const text = file === undefined ? readTextFile(fileURLToPath(RANGES_FILE)) : readTextFile(file);
  try {
    const { ipv4, ipv6 } = JSON.parse(text) as Partial<Ranges>;
    if (Array.isArray(ipv4) && Array.isArray(ipv6)) return { ipv4, ipv6 };
  } catch {
    // Said below.
  }
  throw new UsageError(`${file} is not { "ipv4": [CIDR …], "ipv6": [CIDR …] }`);
}
