/**
 * Holds a running platform against public/v1, over HTTP alone. By default it starts one of its own;
 * CONFORMANCE_KEYS=path/to/keys.json points it at another.
 */
import { type OperationId, operations } from '@commerce/generated/public-v1/operations.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CASES, newKey, pay, startCheckout } from './cases.ts';
import { type Contract, readContract } from './contract.ts';
import { send } from './http.ts';
import type { Target } from './target.ts';
import { startTarget } from './testing/start-target.ts';

let target: Target;
let contract: Contract;
let stop: (() => Promise<void>) | undefined;

beforeAll(async () => {
  contract = await readContract('public-v1');
  ({ target, stop } = await startTarget());
}, 120_000);

afterAll(() => stop?.(), 60_000);

const IDS = Object.keys(operations) as OperationId[];
/** One that no operation of this path has; OPTIONS where all of them are taken. */
function otherMethod(id: OperationId): string {
  const { path } = operations[id];
  const taken = Object.values(operations).flatMap((other) =>
    other.path === path ? [other.method as string] : [],
  );
  return ['DELETE', 'PUT', 'GET'].find((method) => !taken.includes(method)) ?? 'OPTIONS';
}

const isWebhook = (id: OperationId): boolean => operations[id].extensions.family === 'webhooks';

describe.each(IDS)('%s', (id) => {
  const { expectedStatus, prepare, notImplemented } = CASES[id];

  test(`${id}/success/documented: answers ${expectedStatus} as the contract says`, async () => {
    for (const shop of target.shops) {
      const requestId = `conformance-${newKey()}`;
      const sent = await prepare(target, shop);
      const answer = await send(target, {
        ...sent,
        headers: { ...sent.headers, 'x-request-id': requestId },
      });
      expect(contract.faults(id, answer)).toEqual([]);
      expect({ status: answer.status, requestId: answer.headers['x-request-id'] }).toEqual({
        status: expectedStatus,
        requestId,
      });
      if (notImplemented) expect(answer.body).toMatchObject({ code: 'not_implemented' });
    }
  });

  test(`${id}/tenant/unknown-host: a host that nobody mapped has no such route`, async () => {
    const sent = await prepare(target, target.shops[0]);
    const answer = await send(target, { ...sent, host: 'nobody.localhost' });
    expect(contract.faults(id, answer)).toEqual([]);
    expect(answer.body).toMatchObject({ code: 'host_unknown', status: 404 });
  });

  test(`${id}/method/wrong: another method is 405 and says what is allowed`, async () => {
    const sent = await prepare(target, target.shops[0]);
    const { body: _body, rawBody: _rawBody, ...rest } = sent;
    const answer = await send(target, {
      ...rest,
      method: otherMethod(id),
    });
    if (answer.status === 204) expect(answer.headers.allow).toContain(operations[id].method);
    else {
      expect(contract.faults(id, answer)).toEqual([]);
      expect(answer.status).toBe(405);
      expect(answer.headers.allow).toContain(operations[id].method);
    }
  });

  if (operations[id].body?.required === true && !isWebhook(id))
    test(`${id}/body/broken-json: is 400`, async () => {
      const sent = await prepare(target, target.shops[0]);
      const answer = await send(target, { ...sent, body: undefined, rawBody: '{"broken":' });
      expect(contract.faults(id, answer)).toEqual([]);
      expect(answer.body).toMatchObject({ code: 'malformed_request', status: 400 });
    });

  if (operations[id].body?.required === true && !isWebhook(id))
    test(`${id}/body/unknown-field: is 400`, async () => {
      const sent = await prepare(target, target.shops[0]);
      const answer = await send(target, {
        ...sent,
        body: { ...(sent.body as object), surprise: true },
      });
      expect(contract.faults(id, answer)).toEqual([]);
      expect(answer.body).toMatchObject({ code: 'malformed_request', status: 400 });
    });

  if (operations[id].idempotent)
    test(`${id}/idempotency/no-key: is 400`, async () => {
      const sent = await prepare(target, target.shops[0]);
      const { 'idempotency-key': _key, ...headers } = { 'idempotency-key': '', ...sent.headers };
      const answer = await send(target, { ...sent, headers });
      expect(contract.faults(id, answer)).toEqual([]);
      expect(answer.body).toMatchObject({ code: 'idempotency_key_required', status: 400 });
    });
});

describe('the 409 inventory contract', () => {
  test('validateInventory/conflict/all-items: every variant that fails is listed, lines of one variant added up', async () => {
    const [shop] = target.shops;
    const items = [
      { sku: 'mug', quantity: 600_000 },
      { sku: 'no-such-thing', quantity: 1 },
      { sku: 'mug', quantity: 300_000 },
    ];
    const answer = await send(target, {
      host: shop.host,
      method: 'POST',
      path: '/api/inventory/validate',
      body: { items },
    });
    expect(contract.faults('validateInventory', answer)).toEqual([]);
    expect(answer.body).toMatchObject({
      status: 409,
      shopId: shop.id,
      items: [
        { variantKey: 'v1:mug', requested: 900_000 },
        { variantKey: 'v1:no-such-thing', requested: 1, available: 0 },
      ],
    });
  });
});

describe('two shops', () => {
  test('getOrderStatus/isolation/other-shop: an order and its token are worth nothing at the other shop', async () => {
    const [first, second] = target.shops;
    const { orderId, accessToken } = await startCheckout(target, first);
    const answer = await send(target, {
      host: second.host,
      method: 'GET',
      path: `/api/order-status?orderId=${orderId}`,
      headers: { authorization: `Bearer ${accessToken}`, 'x-shop-id': first.id },
    });
    expect(contract.faults('getOrderStatus', answer)).toEqual([]);
    expect([401, 403, 404]).toContain(answer.status);
  });

  test('createCheckoutSession/sequence/paid: processing until Stripe has paid, then confirmed', async () => {
    for (const shop of target.shops) {
      const { orderId, checkoutSessionId, accessToken } = await startCheckout(target, shop);
      const status = async (): Promise<unknown> =>
        (
          await send(target, {
            host: shop.host,
            method: 'GET',
            path: `/api/order-status?orderId=${orderId}`,
            headers: { authorization: `Bearer ${accessToken}` },
          })
        ).body;
      expect(await status()).toMatchObject({ status: 'processing', finalized: false });
      await pay(target, checkoutSessionId, 'succeeded');
      await expect
        .poll(status, { timeout: 20_000, interval: 200 })
        .toMatchObject({ status: 'confirmed', finalized: true });
    }
  });
});

describe('after all of this, the operators’ audit', () => {
  test('getInventoryAudit/success/adds-up: answers as its contract says, and every unit is sold, held or free', async () => {
    const ops = await readContract('ops-v1');
    for (const shop of target.shops) {
      const answer = await send(target, {
        host: target.opsHost,
        method: 'GET',
        path: `/ops/v1/shops/${shop.id}/inventory/audit`,
        headers: { authorization: `Bearer ${target.operatorToken}` },
      });
      expect(ops.faults('getInventoryAudit', answer)).toEqual([]);
      expect(answer).toMatchObject({ status: 200, body: { shopId: shop.id, findings: [] } });
      const { variants } = answer.body as { variants: Record<string, number>[] };
      for (const { stocked = 0, sold = 0, held = 0, free = 0 } of variants)
        expect(sold + held + free).toBe(stocked);
    }
  });

  test('getInventoryAudit/auth/no-token: is 401 and says nothing of the shop', async () => {
    const ops = await readContract('ops-v1');
    const path = `/ops/v1/shops/${target.shops[0].id}/inventory/audit`;
    const answer = await send(target, { host: target.opsHost, method: 'GET', path });
    expect(ops.faults('getInventoryAudit', answer)).toEqual([]);
    expect(answer.body).toMatchObject({ code: 'unauthenticated', status: 401 });
  });
});
