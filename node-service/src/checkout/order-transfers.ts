/** An order's part of the ledger, from its facts alone: whatever was known first, the same transfers are there at the end. */
import {
  dishonouredTransfers,
  disputeTransfers,
  type PaidOrder,
  paymentTransfers,
  receivedTransfer,
  refundTransfers,
  type Transfer,
  withdrawnReceipt,
} from '../ledger/index.ts';
import { isDishonour } from './give-back.rules.ts';
import type { OrderFact } from './order.entities.ts';

type Booked = OrderFact & { readonly amountMinor: number };

function ofKinds(facts: readonly OrderFact[], ...kinds: readonly OrderFact['kind'][]): Booked[] {
  const booked = facts.filter(
    (fact): fact is Booked => kinds.includes(fact.kind) && fact.amountMinor !== null,
  );
  return booked.sort((one, other) => (one.reference < other.reference ? -1 : 1));
}

/**
 * What was received. Two tellings of one payment that disagree are both booked, and all but one taken back: what was
 * agreed is believed, else the first by name. Entries are never changed, and which telling came first is chance.
 */
function received(order: PaidOrder, facts: readonly OrderFact[]): Transfer[] {
  const agreed = ofKinds(facts, 'payment_succeeded');
  const mismatched = ofKinds(facts, 'payment_mismatched').map((fact) => ({
    intent: fact.detail ?? fact.reference,
    receipt: receivedTransfer({ ...order, currency: fact.currency ?? order.currency }, fact),
  }));
  const believed = new Set(agreed.map(({ reference }) => reference));
  return [
    ...agreed.flatMap((payment) => paymentTransfers(order, payment)),
    ...mismatched.flatMap(({ intent, receipt }) => {
      if (believed.has(intent)) return [...receipt, ...receipt.map(withdrawnReceipt)];
      believed.add(intent);
      return receipt;
    }),
  ];
}

function refunded(orderId: string, facts: readonly OrderFact[]): Transfer[] {
  const failed = new Map(
    ofKinds(facts, 'refund_failed').map((fact) => [fact.reference, fact.occurredAt]),
  );
  const taken = new Map(
    ofKinds(facts, 'refund_taken', 'refund_succeeded').map((fact) => [fact.reference, fact]),
  );
  return [...taken.values()].flatMap(({ currency, ...refund }) =>
    currency === null
      ? []
      : refundTransfers({
          ...refund,
          orderId,
          currency,
          failedAt: failed.get(refund.reference) ?? null,
        }),
  );
}

function disputed(orderId: string, facts: readonly OrderFact[]): Transfer[] {
  const withdrawn = ofKinds(facts, 'dispute_funds_withdrawn');
  const reinstated = ofKinds(facts, 'dispute_funds_reinstated');
  const lost = ofKinds(facts, 'dispute_lost');
  const of = (among: readonly Booked[], reference: string): Booked | null =>
    among.find((fact) => fact.reference === reference) ?? null;
  const moved = new Map([...withdrawn, ...reinstated].map((fact) => [fact.reference, fact]));
  return [...moved.values()].flatMap(({ reference, currency }) =>
    currency === null
      ? []
      : disputeTransfers({
          orderId,
          reference,
          currency,
          withdrawn: of(withdrawn, reference),
          reinstated: of(reinstated, reference),
          lostAt: of(lost, reference)?.occurredAt ?? null,
        }),
  );
}

/** All transfers of an order. With each new fact there are more of them, and none is ever another. */
export function transfersOf(order: PaidOrder, facts: readonly OrderFact[]): Transfer[] {
  const dishonoured = facts.find(
    ({ kind, detail }) => kind === 'refund_due' && isDishonour(detail),
  );
  const transfers = [
    ...received(order, facts),
    ...(dishonoured === undefined ? [] : dishonouredTransfers(order, dishonoured.occurredAt)),
    ...refunded(order.orderId, facts),
    ...disputed(order.orderId, facts),
  ];
  // What an order was for is booked once, however often it was paid.
  const seen = new Set<string>();
  return transfers.filter(({ businessFact }) => !seen.has(businessFact) && seen.add(businessFact));
}
