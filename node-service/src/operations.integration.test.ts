/** Every operation of the contracts answers, as its contract says; what is not built yet says so. */
import * as node from '@commerce/generated/node-v1/operations.ts';
import * as ops from '@commerce/generated/ops-v1/operations.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NOT_IMPLEMENTED, nodeHandlers, opsHandlers } from './operations.ts';
import {
  type CallOptions,
  newKey,
  type Reply,
  startService,
  type TestService,
} from './testing/service.ts';
import { issueToken } from './testing/tokens.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService({ withoutJobs: true });
});
afterAll(() => service.stop());

const UUID = '019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e';
const EXAMPLES: Readonly<Record<string, string>> = {
  checkoutSessionId: 'cs_test_1',
  orderId: `ord_${UUID}`,
  holdId: `hold_${UUID}`,
  sku: 'tee',
  shopId: 'aurora',
  importId: 'stocktake-1',
  deadLetterId: `dl_${UUID}`,
  stripeId: 'sub_1',
};
const NODE = Object.entries<node.Operation>(node.operations);
const OURS = Object.entries<ops.Operation>(ops.operations).filter(
  ([, { extensions }]) => extensions.answeredBy === 'node',
);
const BUILT = [
  ...NODE.filter(([id]) => !NOT_IMPLEMENTED.includes(id)).map(
    ([id, one]) => [id, one, ''] as const,
  ),
  ...OURS.map(([id, one]) => [`ops ${id}`, one, ops.BASE_PATH] as const),
];

function call(
  operation: node.Operation,
  basePath: string,
  options: CallOptions = {},
): Promise<Reply> {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => EXAMPLES[name] ?? name);
  return service.call(operation.method, basePath + path, {
    ...(operation.body === null ? {} : { body: {} }),
    ...(operation.idempotent ? { key: newKey() } : {}),
    ...(operation.shopContext ? {} : { shop: null }),
    ...options,
  });
}

describe('the list of operations', () => {
  test("is each contract's own: a handler for each, or a line that says that there is none", () => {
    const handled = Object.keys(nodeHandlers(service.deps));
    expect([...handled, ...NOT_IMPLEMENTED].sort()).toEqual(NODE.map(([id]) => id).sort());
    expect(Object.keys(opsHandlers(service.deps)).sort()).toEqual(OURS.map(([id]) => id).sort());
  });
});

describe('an operation that is not built yet', () => {
  test.each(NOT_IMPLEMENTED)(
    '%s answers 501 by its contract, to a signed call alone',
    async (id) => {
      const operation = node.operations[id as node.OperationId];
      const { status, body } = await call(operation, '');
      expect([status, body.code]).toEqual([501, 'not_implemented']);
      expect((await call(operation, '', { signature: null })).status).toBe(401);
    },
  );
});

describe('an operation that is built', () => {
  test.each(BUILT)(
    '%s refuses by its contract what no operation takes',
    async (_, operation, base) => {
      const unsigned = await call(operation, base, { signature: null });
      expect([unsigned.status, unsigned.body.code]).toEqual([401, 'gateway_signature_invalid']);
      const headers = { 'x-contract-version': '2.0.0' };
      const newer = await call(operation, base, { headers });
      expect([newer.status, newer.body.code]).toEqual([409, 'contract_version_unsupported']);
      if (!operation.shopContext) return;
      const nobody = await call(operation, base, { shop: 'atlantis' });
      expect([nobody.status, nobody.body.code]).toEqual([404, 'shop_unknown']);
      const staging = await call(operation, base, { headers: { 'x-shop-environment': 'staging' } });
      expect([staging.status, staging.body.code]).toEqual([400, 'shop_context_required']);
    },
  );

  test.each(
    BUILT.filter(([, { extensions }]) => extensions.trades === true || extensions.settles === true),
  )('%s is closed where its shop may not do it', async (_, operation, base) => {
    await service.rows(
      `insert into shop select 'closed', display_name, tagline, currency, locale, theme, false, false, stripe_account, stripe_secret_ref, max_units_per_line
           from shop where shop_id = 'aurora' on conflict do nothing`,
    );
    const { status, body } = await call(operation, base, { shop: 'closed' });
    const code = operation.extensions.trades === true ? 'shop_not_trading' : 'shop_not_settling';
    expect([status, body.code, body.shopId]).toEqual([403, code, 'closed']);
  });

  test.each(
    BUILT.filter(([, { security }]) => security.flat().some((scheme) => scheme.endsWith('Token'))),
  )('%s asks for its own kind of token', async (_, operation, base) => {
    const without = await call(operation, base);
    expect([without.status, without.body.code]).toEqual([401, 'unauthenticated']);
    const forged = await call(operation, base, { bearer: `ct1.test.e30.${'A'.repeat(43)}` });
    expect([forged.status, forged.body.code]).toEqual([401, 'unauthenticated']);
    const other = await call(operation, base, { bearer: await issueToken(service, 'customer') });
    expect([other.status, other.body.code]).toEqual([403, 'forbidden']);
  });
});

describe('the catalogue', () => {
  test("is the shop's own, in its own order, with prices and without stock", async () => {
    const [aurora, borealis] = await Promise.all(
      ['aurora', 'borealis'].map((shop) => service.call('GET', '/products', { shop })),
    );
    const skus = (reply: Reply | undefined): string[] =>
      reply?.body.items.map(({ sku }: { sku: string }) => sku);
    expect(skus(aurora)).toEqual(['tee', 'mug', 'bag', 'lantern']);
    expect(skus(borealis)).toEqual(['tee', 'poster', 'mug']);
    expect(aurora?.body.items[0].variants).toHaveLength(8);
    expect(JSON.stringify(aurora?.body)).not.toMatch(/on_?hand|available|stock/i);
  });

  test('has one product by its SKU, or says that there is none', async () => {
    const lantern = await service.call('GET', '/products/lantern');
    expect(lantern.body).toMatchObject({
      kind: 'rental',
      deposit: { amount: 5_000, currency: 'EUR' },
    });
    const poster = await service.call('GET', '/products/poster');
    expect([poster.status, poster.body.code]).toEqual([404, 'product_not_found']);
  });

  test('shows the shop', async () => {
    const { body } = await service.call('GET', '/shop', { shop: 'borealis' });
    expect(body).toMatchObject({
      shopId: 'borealis',
      currency: 'USD',
      locale: 'en-US',
      mayTrade: true,
    });
  });
});

describe('an operator', () => {
  const asOperator = async (
    path: string,
    changes: Parameters<typeof issueToken>[2] = {},
  ): Promise<Reply> =>
    service.call('GET', path, {
      shop: null,
      bearer: await issueToken(service, 'operator', changes),
    });

  test('is who the token says', async () => {
    const { status, body } = await asOperator('/ops/v1/operator', {
      subject: 'ana',
      tokenId: 'token-of-ana',
    });
    expect([status, body.subject, body.tokenId]).toEqual([200, 'ana', 'token-of-ana']);
  });

  test('lists the shops page by page, and reads one', async () => {
    const first = await asOperator('/ops/v1/shops?limit=1');
    expect([first.status, first.body.items.length, first.body.next]).toEqual([200, 1, 'aurora']);
    const second = await asOperator('/ops/v1/shops?limit=1&after=aurora');
    expect(second.body.items[0].shopId).toBe('borealis');
    expect((await asOperator('/ops/v1/shops?limit=0')).status).toBe(400);
    expect((await asOperator('/ops/v1/shops/borealis')).body).toMatchObject({
      displayName: 'Borealis',
      mayTrade: true,
    });
    const none = await asOperator('/ops/v1/shops/atlantis');
    expect([none.status, none.body.code]).toEqual([404, 'shop_unknown']);
  });

  test('is nobody any more with a token that has expired, was revoked, or was never issued', async () => {
    const expired = await asOperator('/ops/v1/operator', {
      expiresAt: Math.floor(Date.now() / 1_000) - 1,
    });
    expect([expired.status, expired.body.code]).toEqual([401, 'unauthenticated']);
    const bearer = await issueToken(service, 'operator', { tokenId: 'to-be-revoked' });
    const call = (): Promise<Reply> =>
      service.call('GET', '/ops/v1/operator', { shop: null, bearer });
    expect((await call()).status).toBe(200);
    await service.rows(
      `update issued_token set revoked_at = now() where token_id = 'to-be-revoked'`,
    );
    expect((await call()).status).toBe(401);
    await service.rows(`delete from issued_token where token_id = 'to-be-revoked'`);
    expect((await call()).status).toBe(401);
  });
});
