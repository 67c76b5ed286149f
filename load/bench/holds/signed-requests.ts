/** Requests of the node contract as the gateway signs and sends them, ahead of the time that is measured. */
import {
  type GatewayKey,
  importGatewayPrivateKey,
} from '@commerce/contracts/vocabulary/gateway-signature.ts';
import { newKey, signGatewayCall } from '../gateway-call.ts';
import { END_EVERY, type SignOrder } from './http-orders.ts';
import { SHOP, skuName } from './orders.ts';
import { GATEWAY_KEY_ID } from './stage.ts';

export type Kind = 'create' | 'commit' | 'release';
export type SignedRequest = { readonly kind: Kind; readonly bytes: Buffer };

/** The authority that all sides are signed for, whatever port they listen on. */
const HOST = 'node.bench.internal';
const TTL_SECONDS = 600;
const AT_ONCE = 64;

/** In the order in which they are to be sent. */
export async function signRequests(order: SignOrder): Promise<SignedRequest[]> {
  const key = {
    keyId: GATEWAY_KEY_ID,
    privateKey: await importGatewayPrivateKey(order.privateKey),
  };
  const signed: SignedRequest[] = [];
  for (let first = 0; first < order.requests; first += AT_ONCE) {
    const count = Math.min(AT_ONCE, order.requests - first);
    const group = Array.from({ length: count }, (_, index) => signOne(order, first + index, key));
    signed.push(...(await Promise.all(group)));
  }
  return signed;
}

function signOne(order: SignOrder, index: number, key: GatewayKey): Promise<SignedRequest> {
  const end =
    index % END_EVERY === END_EVERY - 1 ? order.ends[Math.floor(index / END_EVERY)] : undefined;
  if (end === undefined) {
    const items = [{ sku: skuName(index % order.skus), quantity: 1 }];
    return sign('create', '/node/v1/holds', { items, ttlSeconds: TTL_SECONDS }, key);
  }
  const { holdId, paymentReference } = end;
  const path = `/node/v1/holds/${holdId}`;
  return paymentReference === null
    ? sign('release', `${path}/release`, {}, key)
    : sign('commit', `${path}/commit`, { paymentReference }, key);
}

async function sign(
  kind: Kind,
  path: string,
  content: object,
  key: GatewayKey,
): Promise<SignedRequest> {
  const body = Buffer.from(JSON.stringify(content));
  const url = `http://${HOST}${path}`;
  const shop = { shopId: SHOP, environment: 'staging' as const };
  const headers = { 'idempotency-key': newKey() };
  const signed = await signGatewayCall({ method: 'POST', url, shop, headers, body }, key);
  const lines = [...signed].map(([name, value]) => `${name}: ${value}`);
  const head = `POST ${path} HTTP/1.1\r\nhost: ${HOST}\r\ncontent-length: ${body.length}\r\n`;
  return { kind, bytes: Buffer.from(`${head}${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1') };
}
