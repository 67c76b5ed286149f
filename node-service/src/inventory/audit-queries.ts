/**
 * The contradictions that are found by looking at every row of a shop, each with its query. Read by audit-inventory.ts,
 * in one snapshot. `$1` is the shop, `$2` the moment before which everything should have been settled.
 */
import type { AuditFindingKind } from '@commerce/generated/ops-v1/client/types.gen.ts';

/** Full joins, so that units of a variant whose stock has no row are not lost. */
export const VARIANTS = `
with changed as (
  select variant_key, sum(on_hand_after - on_hand_before) as stocked
    from stock_change where shop_id = $1 group by variant_key),
promised as (
  select l.variant_key,
         sum(l.quantity) filter (where h.state = 'committed' and h.returned_at is null) as sold,
         sum(l.quantity) filter (where h.state = 'active') as held
    from hold h join hold_line l using (shop_id, hold_id)
   where h.shop_id = $1 group by l.variant_key),
there as (select variant_key, on_hand, held as marked_held from stock where shop_id = $1)
select variant_key, coalesce(c.stocked, 0) as stocked, coalesce(p.sold, 0) as sold, coalesce(p.held, 0) as held,
       coalesce(t.on_hand, 0) as on_hand, coalesce(t.marked_held, 0) as marked_held
  from there t full join changed c using (variant_key) full join promised p using (variant_key)
 order by variant_key`;

/** Whether the order of `row` has a payment that is not given back, or one that is under way: it is owed its stock. */
function isPaidFor(row: string): string {
  const fact = (name: string, of: string): string =>
    `order_fact ${name} where ${name}.shop_id = ${of}.shop_id and ${name}.order_id = ${of}.order_id`;
  return `exists (select from ${fact('p', row)} and (
      p.kind = 'payment_succeeded' and not exists
        (select from ${fact('d', 'p')} and d.kind = 'refund_due' and d.reference = p.reference)
      or p.kind = 'payment_processing' and not exists
        (select from ${fact('d', 'p')} and (d.kind in ('payment_succeeded', 'payment_failed')
                                        or d.kind = 'payment_canceled' and d.reference = p.reference))))`;
}

/** A person has been told of an order that will not have its stock: it is known, and not a contradiction. */
const ORDER_WITHOUT_STOCK = `
select o.order_id as subject,
       format('it is paid, and its hold %s is %s', o.hold_id,
              coalesce(h.state || case when h.returned_at is null then '' else ' and returned' end, 'gone')) as detail
  from sales_order o
  left join hold h on h.shop_id = o.shop_id and h.hold_id = o.hold_id
 where o.shop_id = $1 and ${isPaidFor('o')}
   and not exists (select from order_fact f where f.shop_id = o.shop_id and f.order_id = o.order_id and f.recorded_at >= $2)
   and not exists (select from order_fact f where f.shop_id = o.shop_id and f.order_id = o.order_id
                      and f.kind = 'needs_attention' and f.reference in ('paid_without_stock', 'cart_paid_twice'))
   and not exists (select from hold c where c.shop_id = o.shop_id and c.order_id = o.order_id
                      and c.state = 'committed' and c.returned_at is null)
 order by o.order_id`;

/** A hold is kept for what was ordered: the same variants, and as many of each. */
const ORDER_WITH_OTHER_STOCK = `
with live as (
  select order_id, hold_id from hold
   where shop_id = $1 and order_id is not null and (state = 'active' or state = 'committed' and returned_at is null)),
kept as (
  select v.order_id, l.variant_key, sum(l.quantity) as units
    from live v join hold_line l on l.shop_id = $1 and l.hold_id = v.hold_id group by v.order_id, l.variant_key),
ordered as (
  select l.order_id, l.variant_key, sum(l.quantity) as units
    from order_line l where l.shop_id = $1 and l.order_id in (select order_id from live)
   group by l.order_id, l.variant_key)
select order_id as subject,
       format('%s of %s are held or sold for it, and %s were ordered', coalesce(k.units, 0), variant_key,
              coalesce(w.units, 0)) as detail
  from kept k full join ordered w using (order_id, variant_key)
 where k.units is distinct from w.units
 order by order_id, variant_key`;

/** No constraint ties lines to their holds: it would cost a sale as much as the hold. */
const HOLD_WITHOUT_LINES = `
select h.hold_id as subject, format('it is %s, and has no lines', h.state) as detail
  from hold h
 where h.shop_id = $1 and not exists
       (select from hold_line l where l.shop_id = h.shop_id and l.hold_id = h.hold_id)
 order by h.hold_id`;

const LINES_WITHOUT_HOLD = `
select l.hold_id as subject, format('it has a line of %s of %s, and is not there', l.quantity, l.variant_key) as detail
  from hold_line l
 where l.shop_id = $1 and not exists
       (select from hold h where h.shop_id = l.shop_id and h.hold_id = l.hold_id)
 order by l.hold_id, l.variant_key`;

const BOOKED_WITHOUT_ORDER = `
select split_part(t.business_fact, ':', 2) as subject,
       format('%s %s were booked for %s, which knows no such payment', t.amount_minor, t.currency,
              coalesce(t.order_id, 'no order')) as detail
  from ledger_transfer t
 where t.shop_id = $1 and t.business_fact like 'payment:%:received'
   and not exists (select from order_fact f where f.shop_id = t.shop_id and f.order_id = t.order_id
                      and f.kind in ('payment_succeeded', 'payment_mismatched')
                      and t.business_fact = format('payment:%s:received', f.reference))
 order by t.business_fact`;

const SPENT_WITHOUT_ORDER = `
select p.payment_reference as subject,
       format('it paid for %s, and no order of this shop knows it', p.hold_id) as detail
  from hold_payment p
 where p.shop_id = $1
   and not exists (select from order_fact f where f.shop_id = p.shop_id and f.reference = p.payment_reference
                      and f.kind in ('payment_succeeded', 'payment_processing'))
 order by p.payment_reference`;

/** Why a hold that is active should have ended. Of several reasons the first is told. */
const KEPT_TOO_LONG = `
select h.hold_id as subject,
       case when h.order_id is not null and o.order_id is null then format('its order %s is not there', h.order_id)
            when over.kind is not null then format('it is active, and its order %s has ended: %s', h.order_id,
                                                   replace(over.kind, '_', ' '))
            else format('it is active, and its time ran out at %s',
                        to_char(h.expires_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) end as detail
  from hold h
  left join sales_order o using (shop_id, order_id)
  left join lateral (
       select f.kind from order_fact f
        where f.shop_id = h.shop_id and f.order_id = h.order_id and f.recorded_at < $2
          and f.kind in ('session_expired', 'session_refused', 'payment_failed', 'refund_due')
          and not ${isPaidFor('h')}
        order by f.kind limit 1) over on true
 where h.shop_id = $1 and h.state = 'active'
   and (h.expires_at < $2 or over.kind is not null or h.order_id is not null and o.order_id is null)
 order by h.hold_id`;

/** Stock that left for nothing: neither an order's payment nor one that createHold's hold was committed by. */
const GIVEN_AWAY = `
select h.hold_id as subject, format('it is committed, and nobody paid for %s', coalesce(h.order_id, 'it')) as detail
  from hold h
 where h.shop_id = $1 and h.state = 'committed' and h.returned_at is null and h.ended_at < $2
   and not exists (select from hold_payment p where p.shop_id = h.shop_id and p.hold_id = h.hold_id)
   and not ${isPaidFor('h')}
   and not exists (select from order_fact f where f.shop_id = h.shop_id and f.order_id = h.order_id and f.recorded_at >= $2)
 order by h.hold_id`;

type Finding = {
  readonly kind: AuditFindingKind;
  readonly query: string;
  /** Whether it asks for the moment too: a query is not given a parameter that it does not name. */
  readonly hasMoment: boolean;
};

export const FINDINGS: readonly Finding[] = [
  { kind: 'order_without_stock', query: ORDER_WITHOUT_STOCK, hasMoment: true },
  { kind: 'order_without_stock', query: ORDER_WITH_OTHER_STOCK, hasMoment: false },
  { kind: 'held_does_not_match_holds', query: HOLD_WITHOUT_LINES, hasMoment: false },
  { kind: 'held_does_not_match_holds', query: LINES_WITHOUT_HOLD, hasMoment: false },
  { kind: 'payment_without_order', query: BOOKED_WITHOUT_ORDER, hasMoment: false },
  { kind: 'payment_without_order', query: SPENT_WITHOUT_ORDER, hasMoment: false },
  { kind: 'hold_leaked', query: KEPT_TOO_LONG, hasMoment: true },
  { kind: 'hold_leaked', query: GIVEN_AWAY, hasMoment: true },
];
