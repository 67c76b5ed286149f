import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import {
  CONTRACT_VERSION,
  CONTRACT_VERSION_HEADER,
  isServed,
} from '@commerce/contracts/vocabulary/contract-version.ts';
import {
  importGatewayPublicKey,
  verifyGatewayRequest,
} from '@commerce/contracts/vocabulary/gateway-signature.ts';
import type { Clock } from '../platform/clock.ts';
import { Problem } from '../platform/problem.ts';

export type GatewayKeys = ReadonlyMap<string, CryptoKey>;

export async function importGatewayKeys(
  keys: Readonly<Record<string, string>>,
): Promise<GatewayKeys> {
  const imported = Object.entries(keys).map(
    async ([keyId, spki]) => [keyId, await importGatewayPublicKey(spki)] as const,
  );
  return new Map(await Promise.all(imported));
}

/** Header names that came more than once are joined, as HTTP says. */
export function headersOf(request: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  return headers;
}

/** A short body is hashed sooner than another thread is woken to do it. */
function digestOf(body: Uint8Array): string {
  return `sha-256=:${hash('sha256', body, 'base64')}:`;
}

/**
 * The gateway's signature over this request, and a contract version that is served.
 * @throws Problem gateway_signature_invalid, contract_version_unsupported
 */
export async function checkGateway(
  request: IncomingMessage,
  headers: Headers,
  rawBody: Uint8Array,
  keys: GatewayKeys,
  clock: Clock,
): Promise<void> {
  const result = await verifyGatewayRequest(
    {
      method: request.method ?? '',
      url: `http://${request.headers.host ?? ''}${request.url ?? ''}`,
      headers,
      body: rawBody.length > 0 ? rawBody : null,
    },
    keys,
    clock.now(),
    digestOf,
  );
  if (!result.ok)
    throw new Problem(
      'gateway_signature_invalid',
      { detail: "The gateway's signature is not valid. The log says why." },
      { cause: result.reason },
    );
  const version = headers.get(CONTRACT_VERSION_HEADER);
  if (isServed(version)) return;
  throw new Problem('contract_version_unsupported', {
    detail: `Contract version ${version ?? '(none)'} is not served; this is ${CONTRACT_VERSION}.`,
  });
}
