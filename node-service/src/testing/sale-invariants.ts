/** What must be true at every moment of a sale, whatever has died: read from the database in one snapshot. */
import type { Told } from './persistent-client.ts';
import type { Surroundings } from './surroundings.ts';

type World = Pick<Surroundings, 'rows'>;

/** Each answers a line for every place at which its rule is broken. Parameters: $1 and $2 are variants and their stock. */
const RULES = [
  `select format('%s: %s on hand, %s held, %s in active holds', variant_key, on_hand, held, promised) as broken
     from place where held < 0 or held > on_hand or held <> promised`,
  `select format('%s: %s on hand and %s sold of %s, changed by %s', variant_key, on_hand, sold, stocked, changed)
     from place where on_hand + sold <> stocked + changed`,
  `select format('hold %s of order %s is sold, and nobody has paid', h.hold_id, h.order_id)
     from hold h where h.state = 'committed' and h.returned_at is null and h.order_id is not null
      and not exists (select from order_fact f where f.shop_id = h.shop_id and f.order_id = h.order_id
                         and f.kind in ('payment_succeeded', 'payment_processing'))`,
  `select format('hold %s is sold for no payment', h.hold_id)
     from hold h where h.state = 'committed' and h.order_id is null
      and not exists (select from hold_payment p where p.shop_id = h.shop_id and p.hold_id = h.hold_id)`,
  `select format('order %s has %s sessions', m.order_id, count(*)) from stripe_object_shop_map m
    where m.stripe_id like 'cs\\_%' group by m.order_id having count(*) > 1`,
  `select format('order %s was told %s, and has no stock for good', t.order_id, 'confirmed')
     from unnest($3::text[]) as t (order_id)
    where not exists (select from hold h where h.order_id = t.order_id and h.state = 'committed' and h.returned_at is null)`,
  `select format('hold %s was promised, and is not there', t.hold_id)
     from unnest($4::text[]) as t (hold_id) where not exists (select from hold h where h.hold_id = t.hold_id)`,
  `select format('hold %s was told to be %s, and is %s', t.hold_id, t.state, h.state)
     from unnest($5::text[], $6::text[]) as t (hold_id, state) join hold h using (hold_id)
    where t.state <> 'active' and h.state <> t.state`,
  `select format('hold %s was to last until %s, and ends at %s', t.hold_id, t.expires_at, h.expires_at)
     from unnest($5::text[], $7::timestamptz[]) as t (hold_id, expires_at) join hold h using (hold_id)
    where h.expires_at < t.expires_at`,
  `select format('order %s was placed, and is not there', t.order_id)
     from unnest($8::text[]) as t (order_id)
    where not exists (select from sales_order o where o.order_id = t.order_id)`,
];

const SNAPSHOT = `
  with place as (
    select s.variant_key, s.on_hand, s.held, b.units as stocked,
           (select coalesce(sum(c.on_hand_after - c.on_hand_before), 0) from stock_change c
             where c.shop_id = s.shop_id and c.variant_key = s.variant_key) as changed,
           coalesce(sum(l.quantity) filter (where h.state = 'active'), 0) as promised,
           coalesce(sum(l.quantity) filter (where h.state = 'committed' and h.returned_at is null), 0) as sold
      from stock s
      join unnest($1::text[], $2::bigint[]) as b (variant_key, units) using (variant_key)
      left join hold_line l using (shop_id, variant_key)
      left join hold h using (shop_id, hold_id)
     where s.shop_id = 'aurora'
     group by s.variant_key, s.shop_id, s.on_hand, s.held, b.units)
  ${RULES.join('\n  union all\n  ')}`;

type HoldBody = { readonly holdId: string; readonly state: string; readonly expiresAt: string };

/** What clients were told that binds the service ever after. */
function promises(told: readonly Told[]): unknown[] {
  const done = told.filter(({ status }) => status === 200 || status === 201);
  const bodies = <T>(operation: RegExp): T[] =>
    done.filter(({ path }) => operation.test(path)).map(({ body }) => body as T);
  const orders = bodies<{ orderId: string; holdId: string }>(/^\/checkout-sessions$/);
  const holds = bodies<HoldBody>(/^\/holds/);
  const statuses = bodies<{ orderId: string; status: string }>(/(finalize|status)$/);
  return [
    statuses.filter(({ status }) => status === 'confirmed').map(({ orderId }) => orderId),
    [...orders, ...holds].map(({ holdId }) => holdId),
    holds.map(({ holdId }) => holdId),
    holds.map(({ state }) => state),
    holds.map(({ expiresAt }) => expiresAt),
    orders.map(({ orderId }) => orderId),
  ];
}

export type SaleInvariants = {
  /** A line for each rule that is broken now. `told` is what clients had been told when it was called. */
  violations(told: readonly Told[]): Promise<string[]>;
};

/** Remembers aurora's stock as it is now, less what operators changed, before anything is sold. */
export async function watchSale(world: World): Promise<SaleInvariants> {
  const stock = await world.rows<{ variant_key: string; on_hand: string }>(
    `select s.variant_key,
            s.on_hand - (select coalesce(sum(c.on_hand_after - c.on_hand_before), 0) from stock_change c
                          where c.shop_id = s.shop_id and c.variant_key = s.variant_key) as on_hand
       from stock s where s.shop_id = 'aurora'`,
  );
  const before = [stock.map(({ variant_key }) => variant_key), stock.map(({ on_hand }) => on_hand)];
  return {
    violations: async (told) => {
      const rows = await world.rows<{ broken: string }>(SNAPSHOT, [...before, ...promises(told)]);
      return rows.map(({ broken }) => broken);
    },
  };
}
