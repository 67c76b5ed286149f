/**
 * A dispute: what a snapshot of it says, and how it stands. Of all that was seen of one the highest standing counts, so
 * that it does not matter which was seen last: asked about, dropped, contested, lost, won. A lost one may be won on
 * appeal; a won one is never lost.
 */
import type Stripe from 'stripe';
import type { FactKind } from './order.entities.ts';
import type { NewFact } from './order-rows.ts';

const STANDINGS = [
  'dispute_inquired',
  'dispute_dropped',
  'dispute_opened',
  'dispute_lost',
  'dispute_won',
] as const satisfies readonly FactKind[];
export type DisputeStanding = (typeof STANDINGS)[number];

type KnownFact = {
  readonly kind: FactKind;
  readonly reference: string;
  readonly detail: string | null;
};

/** Stripe may add words: one that is not known here is a dispute that somebody should look at. */
function standingOf(status: string): DisputeStanding {
  switch (status) {
    case 'warning_needs_response':
    case 'warning_under_review':
      return 'dispute_inquired';
    case 'warning_closed':
    case 'prevented':
      return 'dispute_dropped';
    case 'lost':
      return 'dispute_lost';
    case 'won':
      return 'dispute_won';
    default:
      return 'dispute_opened';
  }
}

function idOf(reference: string | { id: string } | null): string | null {
  return reference === null || typeof reference === 'string' ? reference : reference.id;
}

/** What moved, as ISO minor units of the payment's own currency: in another one the dispute itself says how much. */
function movedMinor(
  dispute: Stripe.Dispute,
  sign: 1 | -1,
  fromStripeAmount: (amount: number, currency: string) => number,
): number {
  const currency = dispute.currency.toUpperCase();
  const moved = dispute.balance_transactions.filter((one) => Math.sign(one.amount) === sign);
  const amount = moved.reduce((sum, one) => sum + Math.abs(one.amount), 0);
  const isTold = amount > 0 && moved.every((one) => one.currency === dispute.currency);
  return fromStripeAmount(isTold ? amount : dispute.amount, currency);
}

/**
 * The same facts, whichever of its events brought the snapshot.
 * @param type the event's: that money moved is true even where the snapshot does not list the movement.
 * @throws RangeError where Stripe's amount is no amount of the currency.
 */
export function readDispute(
  dispute: Stripe.Dispute,
  type: string,
  fromStripeAmount: (amount: number, currency: string) => number,
  seenAt: Date,
): NewFact[] {
  const kind = standingOf(dispute.status);
  const payment = idOf(dispute.payment_intent) ?? idOf(dispute.charge);
  const fact = {
    reference: dispute.id,
    currency: dispute.currency.toUpperCase(),
    ...(payment === null ? {} : { detail: payment }),
  };
  const isNew = kind === 'dispute_inquired' || kind === 'dispute_opened';
  const amountMinor = fromStripeAmount(dispute.amount, fact.currency);
  const moved = (sign: 1 | -1, event: string): boolean =>
    type === event || dispute.balance_transactions.some(({ amount }) => Math.sign(amount) === sign);
  const money = (sign: 1 | -1) => ({
    ...fact,
    amountMinor: movedMinor(dispute, sign, fromStripeAmount),
    occurredAt: seenAt,
  });
  return [
    {
      ...fact,
      kind,
      amountMinor,
      occurredAt: isNew ? new Date(dispute.created * 1_000) : seenAt,
    },
    ...(moved(-1, 'charge.dispute.funds_withdrawn')
      ? [{ ...money(-1), kind: 'dispute_funds_withdrawn' as const }]
      : []),
    ...(moved(1, 'charge.dispute.funds_reinstated')
      ? [{ ...money(1), kind: 'dispute_funds_reinstated' as const }]
      : []),
  ];
}

/** How each dispute of the order stands, by its Stripe id. */
function standings(facts: readonly KnownFact[]): Map<string, DisputeStanding> {
  const highest = new Map<string, DisputeStanding>();
  for (const standing of STANDINGS) {
    for (const { kind, reference } of facts)
      if (kind === standing) highest.set(reference, standing);
  }
  return highest;
}

/** Whether a bank asks about a payment of the order, contests it, or has taken it back for good. */
export function isDisputed(facts: readonly KnownFact[]): boolean {
  return [...standings(facts).values()].some(
    (standing) => standing !== 'dispute_dropped' && standing !== 'dispute_won',
  );
}

/** Whether the payment is with the bank: Stripe refunds none that is. One that is only asked about may be refunded. */
export function isContested(facts: readonly KnownFact[], paymentReference: string): boolean {
  const about = facts.filter(({ detail }) => detail === paymentReference);
  return [...standings(about).values()].some(
    (standing) => standing === 'dispute_opened' || standing === 'dispute_lost',
  );
}
