/** A call of the node contract as the gateway signs it. */
import { randomBytes } from 'node:crypto';
import {
  CONTRACT_VERSION,
  CONTRACT_VERSION_HEADER,
} from '@commerce/contracts/vocabulary/contract-version.ts';
import {
  type GatewayKey,
  signGatewayRequest,
} from '@commerce/contracts/vocabulary/gateway-signature.ts';
import { shopContextToHeaders } from '@commerce/contracts/vocabulary/shop-context.ts';

export type GatewayCall = {
  readonly method: 'GET' | 'POST';
  /** Absolute, with the authority that the Host header will name. */
  readonly url: string;
  /** Null for a webhook, which belongs to no shop yet. */
  readonly shop: { readonly shopId: string; readonly environment: 'local' | 'staging' } | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
};

/** The headers to send it with. */
export async function signGatewayCall(call: GatewayCall, key: GatewayKey): Promise<Headers> {
  const { method, url, shop, headers = {}, body = null } = call;
  const host = `${shop?.shopId}.localhost`;
  const requestId = `req_${randomBytes(12).toString('hex')}`;
  const request = new Request(url, {
    method,
    headers: {
      ...(shop === null
        ? {}
        : shopContextToHeaders({ ...shop, requestId, host, canonicalHost: host })),
      [CONTRACT_VERSION_HEADER]: CONTRACT_VERSION,
      ...(body === null ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === null ? null : new Uint8Array(body),
  });
  return (await signGatewayRequest(request, body, key, new Date())).headers;
}

/** An Idempotency-Key. */
export function newKey(): string {
  return randomBytes(24).toString('base64url');
}
