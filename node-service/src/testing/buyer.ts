/** What tests do as a buyer, and where they look to see what became of it. */
import { eventually } from './eventually.ts';
import { type CallOptions, newKey, type Reply } from './gateway.ts';
import type { TestService } from './service.ts';

export type Stock = { readonly onHand: number; readonly held: number };

export type Buyer = {
  /** Checks two red T-shirts out, unless the body says otherwise. */
  checkout(options?: CallOptions): Promise<Reply>;
  status(created: Reply, shop?: string): Promise<Reply>;
  /** Waits until the order stands so. */
  untilStatus(created: Reply, status: string, shop?: string): Promise<void>;
  finalize(created: Reply, options?: CallOptions): Promise<Reply>;
  cancel(created: Reply, options?: CallOptions): Promise<Reply>;
  stock(variantKey?: string, shop?: string): Promise<Stock>;
  /** Rows of everything that a checkout writes, so that a test can say that nothing was written. */
  footprint(): Promise<Readonly<Record<string, number>>>;
  /** Credit account and amount of each of the order's transfers. */
  transfers(created: Reply): Promise<readonly (readonly [string, number])[]>;
};

export const TEE = { sku: 'tee', quantity: 2, variantAttributes: { colour: 'red', size: 'm' } };
export const TEE_KEY = 'v1:tee?colour=red&size=m';

const WRITTEN = [
  'hold',
  'hold_line',
  'sales_order',
  'order_line',
  'order_fact',
  'ledger_transfer',
  'idempotency_claim',
  'applied_event',
  'stripe_object_shop_map',
  'graphile_worker.jobs',
] as const;

export function createBuyer(service: Pick<TestService, 'call' | 'rows'>): Buyer {
  const status: Buyer['status'] = ({ body }, shop = 'aurora') =>
    service.call('GET', `/orders/${body.orderId}/status`, { bearer: body.accessToken, shop });
  const onSession =
    (operation: string): Buyer['finalize'] =>
    ({ body }, options = {}) =>
      service.call('POST', `/checkout-sessions/${body.checkoutSessionId}/${operation}`, {
        bearer: body.accessToken,
        key: newKey(),
        ...options,
      });
  return {
    checkout: (options = {}) =>
      service.call('POST', '/checkout-sessions', {
        body: { items: [TEE] },
        key: newKey(),
        ...options,
      }),
    status,
    untilStatus: async (created, wanted, shop) => {
      await eventually(async () =>
        (await status(created, shop)).body.status === wanted ? wanted : undefined,
      );
    },
    finalize: onSession('finalize'),
    cancel: onSession('cancel'),
    stock: async (variantKey = TEE_KEY, shop = 'aurora') => {
      const [row] = await service.rows<{ on_hand: string; held: string }>(
        'select on_hand, held from stock where shop_id = $1 and variant_key = $2',
        [shop, variantKey],
      );
      return { onHand: Number(row?.on_hand), held: Number(row?.held) };
    },
    footprint: async () => {
      const counts = WRITTEN.map((table) => `(select count(*)::int from ${table}) as "${table}"`);
      const stock = `(select sum(held)::int from stock) as held, (select sum(on_hand)::int from stock) as on_hand`;
      const [row] = await service.rows<Record<string, number>>(
        `select ${counts.join(', ')}, ${stock}`,
      );
      return row ?? {};
    },
    transfers: async ({ body }) => {
      const rows = await service.rows<{ credit_account: string; amount_minor: string }>(
        'select credit_account, amount_minor from ledger_transfer where order_id = $1 order by credit_account',
        [body.orderId],
      );
      return rows.map((row) => [row.credit_account, Number(row.amount_minor)] as const);
    },
  };
}
