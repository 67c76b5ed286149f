/** One shop's host on a test edge, and what a buyer's calls there are made of. */
import { type EdgeAnswer, startTestEdge, type TestEdge } from '../../../local/test-edge.ts';

export const SHOP = 'aurora.localhost';
export const ORDER_ID = 'ord_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e';
export const SESSION_ID = 'cs_test_a1B2c3D4e5F6';
/** An Idempotency-Key. */
export const KEY = 'Zk3vQ9mX2pL7wR4tY8bN1c';
export const ITEMS = [{ sku: 'tee', quantity: 2, variantAttributes: { color: 'red', size: 'm' } }];

export async function startShopEdge(): Promise<TestEdge> {
  const edge = await startTestEdge();
  await edge.putHost(SHOP, { shopId: 'aurora' });
  return edge;
}

/** @param body goes as it is where it is text or bytes */
export function postTo(
  edge: TestEdge,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<EdgeAnswer> {
  return edge.call(SHOP, path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': KEY, ...headers },
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
}

/** The body of the first call that came to the node service. */
export function sentBody(edge: TestEdge): unknown {
  return JSON.parse(edge.origin.calls[0]?.body.toString() ?? 'null');
}
