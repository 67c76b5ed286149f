/** What must be true of every shop once it has come to rest, whatever died on the way. */

import { setTimeout as sleep } from 'node:timers/promises';
import type Stripe from 'stripe';
import type { FactKind, SessionState } from '../checkout/order.entities.ts';
import { keptPayments, type OrderFacts, orderStatus } from '../checkout/order-status.rules.ts';
import type { HoldState } from '../inventory/inventory.entities.ts';
import type { Surroundings } from './surroundings.ts';

type World = Pick<Surroundings, 'rows' | 'standInControl'>;

type OrderRow = {
  readonly shop_id: string;
  readonly order_id: string;
  readonly session_state: SessionState;
  readonly checkout_session_id: string | null;
  readonly mapped: boolean;
  readonly total_minor: string;
  readonly currency: string;
  readonly hold_state: HoldState;
  readonly returned: boolean;
  readonly facts: readonly {
    readonly kind: FactKind;
    readonly reference: string;
    readonly amountMinor: number | null;
    readonly detail: string | null;
    readonly occurredAt: string;
  }[];
  readonly transfers: readonly { readonly fact: string; readonly amountMinor: number }[];
};

const ORDERS = `
  select o.shop_id, o.order_id, o.session_state, o.checkout_session_id, o.total_minor, o.currency,
         h.state as hold_state, h.returned_at is not null as returned,
         exists (select from stripe_object_shop_map m
                  where m.stripe_id = o.checkout_session_id and m.shop_id = o.shop_id and m.order_id = o.order_id) as mapped,
         (select coalesce(json_agg(json_build_object('kind', f.kind, 'reference', f.reference, 'amountMinor', f.amount_minor,
                                                   'detail', f.detail, 'occurredAt', f.occurred_at)), '[]')
            from order_fact f where f.shop_id = o.shop_id and f.order_id = o.order_id) as facts,
         (select coalesce(json_agg(json_build_object('fact', t.business_fact, 'amountMinor', t.amount_minor)), '[]')
            from ledger_transfer t where t.shop_id = o.shop_id and t.order_id = o.order_id) as transfers
    from sales_order o join hold h using (shop_id, hold_id)`;

function factsOf(order: OrderRow): OrderFacts {
  return {
    sessionState: order.session_state,
    totalMinor: Number(order.total_minor),
    hold: { state: order.hold_state, returned: order.returned },
    facts: order.facts.map((fact) => ({ ...fact, occurredAt: new Date(fact.occurredAt) })),
    cartIsPaidElsewhere: false,
  };
}

/** What came in, what the order earned of it, and what Stripe gave back: each is in the ledger to the last unit. */
function* ledgerFaults(
  order: OrderRow,
  facts: OrderFacts,
  refunds: readonly Stripe.Refund[],
): Iterable<string> {
  const kept = keptPayments(facts);
  if (kept.length > 1) yield `${order.order_id} was paid ${kept.length} times`;
  const sum = (amounts: readonly (number | null)[]): number =>
    amounts.reduce((total: number, amount) => total + (amount ?? 0), 0);
  const booked = (pattern: RegExp): number =>
    sum(order.transfers.filter(({ fact }) => pattern.test(fact)).map((one) => one.amountMinor));
  const paid = sum(
    order.facts
      .filter(({ kind }) => kind === 'payment_succeeded' || kind === 'payment_mismatched')
      .map((one) => one.amountMinor),
  );
  const earned = booked(/^order:[^:]*:[^:]*$/) - booked(/:dishonoured$/);
  // From the moment that Stripe took it off its balance, until it failed.
  const back = refunds
    .filter(({ status }) => status !== 'failed' && status !== 'canceled')
    .filter(({ balance_transaction }) => balance_transaction !== null)
    .map(({ amount }) => amount);
  for (const [what, expected, actual] of [
    ['received', paid, booked(/:received$/)],
    ['earned', sum(kept.map(({ amountMinor }) => amountMinor)), earned],
    ['given back', sum(back), booked(/^refund:.*:paid$/) - booked(/^refund:.*:failed$/)],
  ] as const) {
    if (actual !== expected)
      yield `${order.order_id}: ${expected} ${what}, and the ledger has ${actual}`;
  }
}

/** Each payment that is to be given back has one refund, of all of it; no other payment has any. */
function* refundFaults(order: OrderRow, refunds: readonly Stripe.Refund[]): Iterable<string> {
  const due = order.facts.filter(({ kind }) => kind === 'refund_due');
  for (const { reference, amountMinor } of due) {
    const own = refunds.filter(({ payment_intent }) => payment_intent === reference);
    if (own.length !== 1 || own[0]?.amount !== amountMinor)
      yield `${reference} of ${order.order_id} has ${own.length} refunds`;
  }
  if (refunds.length > due.length) yield `${order.order_id} has ${refunds.length} refunds`;
}

/** The order and its session say the same, and there is no second one. */
function* orderFaults(
  order: OrderRow,
  sessions: readonly Stripe.Checkout.Session[],
  refunds: readonly Stripe.Refund[],
): Iterable<string> {
  const { order_id: id, session_state: state } = order;
  const facts = factsOf(order);
  yield* ledgerFaults(order, facts, refunds);
  yield* refundFaults(order, refunds);
  if (sessions.length > 1) yield `${id} has ${sessions.length} sessions`;
  const [session] = sessions;
  const status = orderStatus(facts);
  const isPaid = session?.status === 'complete' && session.payment_status === 'paid';
  if (status === 'confirmed' && !isPaid) yield `${id} is confirmed and not paid`;
  const due = order.facts.some(({ kind }) => kind === 'refund_due');
  if (isPaid && status !== (due ? 'needs_attention' : 'confirmed'))
    yield `${id} is paid and ${status}`;
  if (isPaid && session.amount_total !== Number(order.total_minor))
    yield `${id} was paid otherwise`;
  const isSold = order.hold_state === 'committed' && !order.returned;
  if (isSold && !isPaid) yield `${id} has stock for good and is not paid`;
  if (state === 'creating') yield `${id} is unfinished`;
  if (session === undefined) {
    if (order.checkout_session_id !== null) yield `${id} has a session that Stripe does not know`;
    return;
  }
  const known = order.checkout_session_id === session.id;
  if (session.status === 'open' && !known) yield `${session.id} is open and not known`;
  if (known && !order.mapped) yield `${session.id} is not in the map`;
  if (known && state !== session.status) yield `${id} is ${state}, its session ${session.status}`;
  if (session.metadata?.shop_id !== order.shop_id) yield `${id} has a session of another shop`;
}

async function checkoutFaults(world: World): Promise<string[]> {
  const orders = await world.rows<OrderRow>(ORDERS);
  const { body } = await world.standInControl('GET', '/sessions');
  const sessions = body.sessions as Stripe.Checkout.Session[];
  const told = (await world.standInControl('GET', '/refunds')).body.refunds as Stripe.Refund[];
  const refunds = Map.groupBy(told, ({ metadata }) => metadata?.order_id ?? '');
  const ids = new Set(orders.map(({ order_id }) => order_id));
  const bySession = Map.groupBy(sessions, ({ metadata }) => metadata?.order_id ?? '');
  return [
    ...sessions
      .filter(({ metadata }) => !ids.has(metadata?.order_id ?? ''))
      .map(({ id }) => `${id} has no order`),
    ...orders.flatMap((order) => {
      const { order_id: id } = order;
      return [...orderFaults(order, bySession.get(id) ?? [], refunds.get(id) ?? [])];
    }),
  ];
}

type StockRow = Readonly<
  Record<'shop_id' | 'variant_key' | 'on_hand' | 'held' | 'changed' | 'promised' | 'sold', string>
>;

async function readStock(world: World): Promise<StockRow[]> {
  return world.rows<StockRow>(
    `select s.shop_id, s.variant_key, s.on_hand, s.held,
            (select coalesce(sum(c.on_hand_after - c.on_hand_before), 0) from stock_change c
              where c.shop_id = s.shop_id and c.variant_key = s.variant_key) as changed,
            coalesce(sum(l.quantity) filter (where h.state = 'active'), 0) as promised,
            coalesce(sum(l.quantity) filter (where h.state = 'committed' and h.returned_at is null), 0) as sold
       from stock s
       left join hold_line l using (shop_id, variant_key)
       left join hold h using (shop_id, hold_id)
      group by s.shop_id, s.variant_key, s.on_hand, s.held`,
  );
}

function stockOf(row: StockRow): string {
  return `${row.shop_id} ${row.variant_key}`;
}

function* stockFaults(
  stock: readonly StockRow[],
  stocked: ReadonlyMap<string, number>,
): Iterable<string> {
  for (const row of stock) {
    const { on_hand, held, changed, promised, sold } = row;
    if (held !== promised) yield `${stockOf(row)}: ${held} held, ${promised} in active holds`;
    const there = Number(on_hand) + Number(sold);
    const was = (stocked.get(stockOf(row)) ?? 0) + Number(changed);
    if (there !== was) yield `${stockOf(row)}: ${on_hand} on hand and ${sold} sold of ${was}`;
  }
}

/** Each event that Stripe sent was received, applied once and finished; no job is locked or late, no checkout's claim left. */
async function workFaults(world: World): Promise<string[]> {
  const [health, inbox, letters, jobs, claims] = await Promise.all([
    world.standInControl('GET', '/health'),
    world.rows<{ stripe_event_id: string; event_type: string; status: string; applied: boolean }>(
      `select i.stripe_event_id, i.event_type, i.status,
              exists (select from applied_event a where a.shop_id = i.shop_id and a.stripe_event_id = i.stripe_event_id) as applied
         from webhook_inbox i where i.finished_at is null or i.status not in ('applied', 'ignored')
            or (i.status = 'applied' and not exists
                  (select from applied_event a where a.shop_id = i.shop_id and a.stripe_event_id = i.stripe_event_id))`,
    ),
    world.rows<{ reason: string; reference: string }>('select reason, reference from dead_letter'),
    world.rows<{ task_identifier: string; locked_by: string | null; last_error: string | null }>(
      'select task_identifier, locked_by, last_error from graphile_worker.jobs where locked_at is not null or run_at <= now()',
    ),
    world.rows<{ recovery_point: string }>(
      `select recovery_point from idempotency_claim where state = 'running' and operation = 'createCheckoutSession'`,
    ),
  ]);
  const pending = health.body.deliveriesPending as number;
  return [
    ...(pending === 0 ? [] : [`${pending} events are not delivered`]),
    ...inbox.map((row) => `event ${row.event_type} is ${row.status}, applied: ${row.applied}`),
    ...letters.map(({ reason, reference }) => `dead letter ${reference}: ${reason}`),
    ...jobs.map((job) => `job ${job.task_identifier} waits, locked by ${job.locked_by ?? 'none'}`),
    ...claims.map((claim) => `the claim of ${claim.recovery_point} is not ended`),
  ];
}

/** Events of the sessions that were answered 2xx, and are nowhere. */
async function lostEvents(world: World): Promise<string[]> {
  const inbox = await world.rows<{ stripe_event_id: string }>(
    'select stripe_event_id from webhook_inbox',
  );
  const received = new Set(inbox.map(({ stripe_event_id }) => stripe_event_id));
  const { body } = await world.standInControl('GET', '/sessions');
  const lost: string[] = [];
  for (const { id } of body.sessions as Stripe.Checkout.Session[]) {
    const { events } = (await world.standInControl('GET', `/sessions/${id}`)).body as {
      events: { id: string; type: string; deliveries: readonly unknown[] }[];
    };
    const sent = events.filter(({ deliveries }) => deliveries.length > 0);
    lost.push(...sent.filter((e) => !received.has(e.id)).map((e) => `${e.type} of ${id} is lost`));
  }
  return lost;
}

export type Invariants = {
  /** What is broken now, a line each: empty in a world at rest. */
  violations(): Promise<string[]>;
  /** Waits until nothing is broken. Answers what still is after `timeoutMs`. */
  atRest(timeoutMs?: number): Promise<string[]>;
};

/** Remembers the stock as it is now, before anything is sold: on hand and sold must always add up to it and to what
 * operators changed since. */
export async function watchInvariants(world: World): Promise<Invariants> {
  const stocked = new Map(
    (await readStock(world)).map((row) => [
      stockOf(row),
      Number(row.on_hand) - Number(row.changed),
    ]),
  );
  const violations = async (): Promise<string[]> => [
    ...stockFaults(await readStock(world), stocked),
    ...(await checkoutFaults(world)),
    ...(await workFaults(world)),
  ];
  return {
    violations,
    atRest: async (timeoutMs = 20_000) => {
      const deadline = Date.now() + timeoutMs;
      for (;;) {
        const broken = await violations();
        if (broken.length === 0) return lostEvents(world);
        if (Date.now() > deadline) return broken;
        await sleep(200);
      }
    },
  };
}
