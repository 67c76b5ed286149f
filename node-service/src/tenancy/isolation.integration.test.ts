/** One shop never sees a row of another: by the database's own rules, and by every operation. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Buyer, createBuyer } from '../testing/buyer.ts';
import { newKey, type Reply, startService, type TestService } from '../testing/service.ts';

let service: TestService;
let buyer: Buyer;
let tenant: pg.Client;
beforeAll(async () => {
  service = await startService({ withoutJobs: true });
  buyer = createBuyer(service);
  tenant = new pg.Client({ connectionString: service.database.tenantUrl });
  await tenant.connect();
});
afterAll(async () => {
  await tenant.end();
  await service.stop();
});

/** What belongs to no shop yet, or to all. Every other table of ours is a tenant's. */
const PLATFORM_TABLES = [
  'shop',
  'stripe_object_shop_map',
  'stripe_customer_shop',
  'webhook_inbox',
  'dead_letter',
  'operator_act',
  'alert',
  'alert_occurrence',
  'issued_token',
  'job_worker',
  'migration',
];
const TENANT_TABLES = `
  select c.oid, c.relname as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced
    from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and c.relname <> all($1)`;

type Table = { oid: number; name: string; enabled: boolean; forced: boolean };
const tenantTables = (): Promise<Table[]> => service.rows<Table>(TENANT_TABLES, [PLATFORM_TABLES]);

describe("every table that is not the platform's", () => {
  test('has a shop, and row-level security forced on it, by the shop of the transaction alone', async () => {
    const tables = await tenantTables();
    expect(tables.length).toBeGreaterThan(10);
    for (const table of tables) {
      expect(table).toMatchObject({ enabled: true, forced: true });
      const [column] = await service.rows(
        `select attnotnull from pg_attribute where attrelid = $1 and attname = 'shop_id'`,
        [table.oid],
      );
      expect([table.name, column]).toEqual([table.name, { attnotnull: true }]);
      const policies = await service.rows(
        'select permissive, roles::text, cmd, qual, with_check from pg_policies where tablename = $1',
        [table.name],
      );
      const check = '(shop_id = ( SELECT current_shop() AS current_shop))';
      expect(policies).toEqual([
        { permissive: 'PERMISSIVE', roles: '{public}', cmd: 'ALL', qual: check, with_check: check },
      ]);
    }
  });

  test('leads its primary key and every unique index with the shop', async () => {
    const indexes = await service.rows<{
      name: string;
      first: string;
      is_primary: boolean;
      table_name: string;
    }>(
      `select i.indexrelid::regclass::text as name, a.attname as first, i.indisprimary as is_primary, t.name as table_name
         from pg_index i join (${TENANT_TABLES}) t on t.oid = i.indrelid
         join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
        where i.indisunique`,
      [PLATFORM_TABLES],
    );
    for (const { name, first } of indexes) expect([name, first]).toEqual([name, 'shop_id']);
    const withPrimaryKey = indexes.filter(({ is_primary }) => is_primary);
    const names = (await tenantTables()).map(({ name }) => name);
    expect(withPrimaryKey.map(({ table_name }) => table_name).sort()).toEqual(names.sort());
  });

  test('refers to rows of its own shop alone', async () => {
    const references = await service.rows<{
      name: string;
      columns: string[];
      referred: string[];
      target: string;
    }>(
      `select f.conname as name, f.confrelid::regclass::text as target,
              array(select attname::text from pg_attribute where attrelid = f.conrelid and attnum = any(f.conkey)) as columns,
              array(select attname::text from pg_attribute where attrelid = f.confrelid and attnum = any(f.confkey)) as referred
         from pg_constraint f join (${TENANT_TABLES}) t on t.oid = f.conrelid where f.contype = 'f'`,
      [PLATFORM_TABLES],
    );
    expect(references.length).toBeGreaterThan(0);
    for (const { name, columns, referred, target } of references) {
      expect([name, columns, referred]).toEqual([
        name,
        expect.arrayContaining(['shop_id']),
        expect.arrayContaining(['shop_id']),
      ]);
      expect(PLATFORM_TABLES).not.toContain(target);
    }
  });
});

describe('the two logins', () => {
  const ANY = 'select, insert, update, delete, truncate, references, trigger';
  const mayTouch = (role: string, tables: readonly string[]): Promise<{ name: string }[]> =>
    service.rows(
      `select name from unnest($2::text[]) as name where has_table_privilege($1, 'public.' || name, '${ANY}')
          or has_any_column_privilege($1, 'public.' || name, 'select, insert, update, references')`,
      [role, tables],
    );

  test("cannot do each other's work: no tenant table for the platform, no platform table for a tenant", async () => {
    const names = (await tenantTables()).map(({ name }) => name);
    expect(await mayTouch('commerce_platform', names)).toEqual([]);
    expect(await mayTouch('commerce_tenant', PLATFORM_TABLES)).toEqual([]);
  });

  test('cannot get round row-level security, nor become anybody who can', async () => {
    const roles = await service.rows(
      `select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname like 'commerce_%' order by 1`,
    );
    for (const role of roles)
      expect(role).toMatchObject({
        rolsuper: false,
        rolbypassrls: false,
        rolcreaterole: false,
        rolcreatedb: false,
      });
    const members = await service.rows(
      `select 1 from pg_auth_members where member in ('commerce_tenant'::regrole, 'commerce_platform'::regrole)`,
    );
    expect(members).toEqual([]);
    const owned = await service.rows(
      `select relname from pg_class where relowner = 'commerce_tenant'::regrole`,
    );
    expect(owned).toEqual([]);
  });

  test('leave facts, transfers, applied events and audits as they were written', async () => {
    const tables = [
      'order_fact',
      'ledger_transfer',
      'applied_event',
      'stock_change',
      'hold_payment',
      'billing_fact',
      'invoice_payment',
      'shop_act',
    ];
    for (const table of tables) {
      const [may] = await service.rows(
        `select has_table_privilege('commerce_tenant', $1, 'update, delete, truncate') as change`,
        [table],
      );
      expect([table, may]).toEqual([table, { change: false }]);
    }
  });
});

describe('a query that forgets its shop', () => {
  test('fails loudly, on a fresh connection and on one that another shop has used', async () => {
    const stock = 'select 1 from stock';
    await expect(tenant.query(stock)).rejects.toThrow('no shop is set for this transaction');
    await tenant.query('begin');
    await tenant.query(`select set_config('app.shop_id', 'aurora', true)`);
    expect((await tenant.query(stock)).rowCount).toBeGreaterThan(0);
    await tenant.query('commit');
    await expect(tenant.query(stock)).rejects.toThrow('no shop is set for this transaction');
  });

  test('cannot be written: inShop without a shop throws, before any connection is taken', () => {
    expect(() => service.deps.db.inShop('', async () => 1)).toThrow('inShop needs a shop');
  });

  test("sees and writes its own shop's rows alone, whatever it asks for", async () => {
    const shops = await service.deps.db.inShop('aurora', (tx) =>
      tx.sql('select distinct shop_id from stock'),
    );
    expect(shops).toEqual([{ shop_id: 'aurora' }]);
    const steal = (sql: string): Promise<unknown> =>
      service.deps.db.inShop('aurora', (tx) => tx.sql(sql));
    expect(await steal(`update stock set held = 0 where shop_id = 'borealis' returning 1`)).toEqual(
      [],
    );
    await expect(
      steal(`insert into applied_event (shop_id, stripe_event_id) values ('borealis', 'evt_1')`),
    ).rejects.toThrow('row-level security');
    await expect(steal(`update stock set shop_id = 'borealis'`)).rejects.toThrow(
      'row-level security',
    );
  });
});

describe('what a tenant may ask of the platform', () => {
  const inAurora = (sql: string): Promise<unknown> =>
    service.deps.db.inShop('aurora', (tx) => tx.sql(sql));
  const enqueue = (shop: string, payload: object): string =>
    `select enqueue_job('${shop}', 'settle_order', '${JSON.stringify(payload)}', now(), null, 1)`;

  test.each<[string, string]>([
    ['another shop', enqueue('borealis', { shopId: 'borealis', requestId: 'req_1' })],
    ['no shop', enqueue('', { requestId: 'req_1' })],
    ['a shop that its payload does not name', enqueue('aurora', { requestId: 'req_1' })],
    ['another shop in its payload', enqueue('aurora', { shopId: 'borealis', requestId: 'req_1' })],
    ['no request id', enqueue('aurora', { shopId: 'aurora' })],
  ])('is no job of %s', async (_, sql) => {
    await expect(inAurora(sql)).rejects.toThrow(/a job (of another shop|carries its)/);
    expect(await service.rows('select 1 from graphile_worker.jobs')).toEqual([]);
  });

  test('is no job outside any shop, and none past enqueue_job', async () => {
    const job = enqueue('aurora', { shopId: 'aurora', requestId: 'req_1' });
    await expect(tenant.query(job)).rejects.toThrow('no shop is set');
    await expect(inAurora(`select graphile_worker.add_job('settle_order')`)).rejects.toThrow(
      'permission denied',
    );
    await expect(inAurora('select 1 from graphile_worker.jobs')).rejects.toThrow(
      'permission denied',
    );
  });

  test('is to claim an object of Stripe, once: it never changes its shop', async () => {
    const claim = (shop: string): Promise<unknown> =>
      service.deps.db.inShop(shop, (tx) =>
        tx.sql(`select claim_stripe_object('local', 'payment_intent', 'pi_1', null)`),
      );
    await claim('aurora');
    await claim('aurora');
    await expect(claim('borealis')).rejects.toThrow('belongs to another shop');
    await expect(inAurora('select 1 from stripe_object_shop_map')).rejects.toThrow(
      'permission denied',
    );
  });
});

describe('a buyer of one shop, at another', () => {
  test('finds neither the order nor its session, with any token', async () => {
    const mine = await buyer.checkout();
    const item = { sku: 'poster', quantity: 1 };
    const theirs = await buyer.checkout({ shop: 'borealis', body: { items: [item] } });
    const before = await buyer.footprint();
    const codes = async (reply: Promise<Reply>): Promise<unknown> => {
      const { status, body } = await reply;
      return [status, body.code];
    };
    const withTheirToken = {
      ...mine,
      body: { ...mine.body, accessToken: theirs.body.accessToken },
    };
    expect(await codes(buyer.status(mine, 'borealis'))).toEqual([403, 'forbidden']);
    expect(await codes(buyer.status(withTheirToken, 'aurora'))).toEqual([403, 'forbidden']);
    expect(await codes(buyer.status(withTheirToken, 'borealis'))).toEqual([404, 'order_not_found']);
    for (const operate of [buyer.finalize, buyer.cancel]) {
      const shop = 'borealis';
      expect(await codes(operate(mine, { shop }))).toEqual([403, 'forbidden']);
      expect(await codes(operate(withTheirToken))).toEqual([403, 'forbidden']);
      expect(await codes(operate(withTheirToken, { shop }))).toEqual([
        404,
        'checkout_session_not_found',
      ]);
    }
    expect(await buyer.footprint()).toEqual(before);
  });

  test('or of another order of the same shop, is refused; and a token is worth nothing once revoked', async () => {
    const [one, other] = [await buyer.checkout(), await buyer.checkout()];
    const wrong = await buyer.status({
      ...one,
      body: { ...one.body, accessToken: other.body.accessToken },
    });
    expect([wrong.status, wrong.body.code]).toEqual([403, 'forbidden']);
    await service.rows('update sales_order set token_version = 2 where order_id = $1', [
      one.body.orderId,
    ]);
    for (const operate of [buyer.status, (created: Reply) => buyer.cancel(created)]) {
      const revoked = await operate(one);
      expect([revoked.status, revoked.body.code]).toEqual([401, 'unauthenticated']);
    }
  });

  test('brings no revoked token back by repeating a request that was answered', async () => {
    const [checkoutKey, cancelKey] = [newKey(), newKey()];
    const created = await buyer.checkout({ key: checkoutKey });
    expect((await buyer.cancel(created, { key: cancelKey })).status).toBe(200);
    await service.rows('update sales_order set token_version = 2 where order_id = $1', [
      created.body.orderId,
    ]);
    const cancelled = await buyer.cancel(created, { key: cancelKey });
    expect([cancelled.status, cancelled.body.code]).toEqual([401, 'unauthenticated']);
    const again = await buyer.checkout({ key: checkoutKey });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await buyer.status(again)).status).toBe(401);
  });
});
