/** A shop's orders without a database: what the service does with an event, by its own pure rules, and nothing else. */
import { isDisputed } from '../checkout/dispute.rules.ts';
import { movesStock, type OrderEvent, readOrderEvent } from '../checkout/event-facts.rules.ts';
import { dueFacts, givenBackMinor, refundsDue } from '../checkout/give-back.rules.ts';
import type { OrderFact, SessionState } from '../checkout/order.entities.ts';
import type { NewFact } from '../checkout/order-rows.ts';
import {
  hasStock,
  keptPayments,
  nextSettlement,
  type OrderFacts,
  orderStatus,
  type Settlement,
} from '../checkout/order-status.rules.ts';
import { transfersOf } from '../checkout/order-transfers.ts';
import { readRefund } from '../checkout/refund-facts.rules.ts';
import type { PaidOrder, Transfer } from '../ledger/index.ts';
import { fromStripeAmount } from '../platform/stripe/currency.ts';
import type { Teller } from './histories.ts';

export type StoryOrder = PaidOrder & {
  readonly shopId: string;
  readonly totalMinor: number;
  /** Null: Stripe's answer to the call that made it is not known yet. */
  readonly checkoutSessionId: string | null;
  /** Facts of our own that there are from the beginning. */
  readonly before: readonly NewFact[];
  /** What Stripe answers when it is asked for the refunds of a charge. */
  readonly refunds: readonly Parameters<typeof readRefund>[0][];
};

export type StoryEvent = {
  readonly shopId: string;
  readonly orderId: string;
  readonly event: OrderEvent;
};

type Known = {
  readonly order: StoryOrder;
  checkoutSessionId: string | null;
  sessionState: SessionState;
  facts: Map<string, OrderFact>;
  hold: OrderFacts['hold'];
  /** Of how many facts the ledger is. */
  bookedFacts: number;
  ledger: Map<string, Transfer>;
};

export type OrderWorld = {
  readonly orders: ReadonlyMap<string, Known>;
  /** Whether what an ended hold had is there again when it is wanted again. */
  readonly isStockThere: boolean;
  /** Whose stock the last event may have changed. Whoever dies before it is settled forgets it. */
  unsettled: Known | null;
};

const NOW = new Date('2026-11-24T00:00:00Z');

function keyOf({ shopId, orderId }: { readonly shopId: string; readonly orderId: string }): string {
  return `${shopId}/${orderId}`;
}

/** What the order's status is decided from. */
export function factsOf(known: Known): OrderFacts {
  return {
    sessionState: known.sessionState,
    totalMinor: known.order.totalMinor,
    hold: known.hold,
    facts: [...known.facts.values()],
    cartIsPaidElsewhere: false,
  };
}

/** As `order_fact` does: one of a kind and reference, as it was first told. */
function add(known: Known, facts: readonly NewFact[]): void {
  for (const fact of facts) {
    const key = `${fact.kind} ${fact.reference}`;
    if (known.facts.has(key)) continue;
    const { amountMinor = null, currency = null, detail = null } = fact;
    known.facts.set(key, { ...fact, amountMinor, currency, detail });
  }
}

/** As `ledger_transfer` does: one of a business fact, as it was first written. Facts only become more. */
function book(known: Known): void {
  if (known.bookedFacts === known.facts.size) return;
  known.bookedFacts = known.facts.size;
  for (const transfer of transfersOf(known.order, [...known.facts.values()]))
    if (!known.ledger.has(transfer.businessFact)) known.ledger.set(transfer.businessFact, transfer);
}

function apply(world: OrderWorld, { event, ...of }: StoryEvent): void {
  const known = world.orders.get(keyOf(of));
  if (known === undefined) throw new Error(`no order ${keyOf(of)}`);
  const { totalMinor, currency } = known.order;
  const { checkoutSessionId } = known;
  const order = { totalMinor, currency, checkoutSessionId };
  const reading = readOrderEvent(event, order, fromStripeAmount);
  world.unsettled = null;
  if (reading === null) return;
  const { refunded, session } = reading;
  if (refunded !== null) {
    const { facts } = factsOf(known);
    if (givenBackMinor({ facts }, refunded.paymentReference) < refunded.amountMinor) {
      const found = known.order.refunds.filter(({ charge }) => charge === refunded.chargeId);
      for (const refund of found) add(known, readRefund(refund, fromStripeAmount, NOW));
      book(known);
      return;
    }
  }
  add(known, reading.facts);
  book(known);
  if (session !== null) {
    known.checkoutSessionId ??= session.id;
    if (known.sessionState !== 'complete' && session.state !== 'open')
      known.sessionState = session.state;
  }
  if (movesStock(reading)) world.unsettled = known;
}

/** As the allocator and `settleOrder` do. */
function carryOut(world: OrderWorld, known: Known, step: Settlement): void {
  switch (step.kind) {
    case 'commit':
      known.hold = { state: 'committed', returned: false };
      return;
    case 'give_back':
      known.hold = { state: 'committed', returned: true };
      return;
    case 'release':
      known.hold = { state: 'released', returned: false };
      return;
    case 'expire':
      known.hold = { state: 'expired', returned: false };
      return;
    case 'take_again': {
      const reference = 'paid_without_stock';
      if (world.isStockThere) known.hold = { state: 'committed', returned: false };
      else add(known, [{ kind: 'needs_attention', reference, occurredAt: NOW }]);
    }
  }
}

function settle(world: OrderWorld): void {
  const { unsettled: known } = world;
  if (known === null) return;
  for (let step = 0; step < 5; step += 1) {
    for (const due of refundsDue(factsOf(known)))
      add(known, dueFacts(due, known.order.currency, NOW));
    book(known);
    const next = nextSettlement(factsOf(known));
    if (next === null) {
      world.unsettled = null;
      return;
    }
    carryOut(world, known, next);
  }
  throw new Error(`order ${known.order.orderId} is never settled`);
}

/** Times are those of whoever came first, as is what a person is told: nothing is decided by either. */
function endOf(known: Known): unknown {
  const facts = factsOf(known);
  const told = [...known.facts.values()].map(({ kind, reference, amountMinor, currency, detail }) =>
    [kind, reference, amountMinor, currency, kind === 'needs_attention' ? null : detail].join(' '),
  );
  const transfers = [...known.ledger.values()].map((one) =>
    [one.businessFact, one.debitAccount, one.creditAccount, one.amountMinor, one.currency].join(
      ' ',
    ),
  );
  return {
    status: orderStatus(facts),
    disputed: isDisputed(facts.facts),
    session: [known.checkoutSessionId, known.sessionState],
    hasStock: hasStock(facts),
    holdsStock: facts.hold.state === 'active',
    kept: keptPayments(facts).map(({ reference }) => reference),
    facts: told.sort(),
    transfers: transfers.sort(),
  };
}

/** @param isStockThere whether the stock of a hold that ended is there again when its order is paid after all */
export function orderTeller(
  orders: readonly StoryOrder[],
  isStockThere: boolean,
): Teller<StoryEvent, OrderWorld> {
  return {
    begin: () => {
      const known = orders.map((order): [string, Known] => {
        const { checkoutSessionId } = order;
        const one: Known = {
          order,
          checkoutSessionId,
          sessionState: checkoutSessionId === null ? 'creating' : 'open',
          facts: new Map(),
          hold: { state: 'active', returned: false },
          bookedFacts: 0,
          ledger: new Map(),
        };
        add(one, order.before);
        return [keyOf(order), one];
      });
      return { orders: new Map(known), isStockThere, unsettled: null };
    },
    apply,
    settle,
    end: ({ orders: known }) => [...known.values()].map(endOf),
  };
}
