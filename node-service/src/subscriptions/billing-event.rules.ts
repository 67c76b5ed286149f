/** What an event of billing says, as facts. contracts/decisions/0017 has the table. */
import type Stripe from 'stripe';
import {
  type CustomerContent,
  type FromStripeAmount,
  type InvoiceContent,
  type InvoicePayment,
  idOf,
  isOver,
  readCustomer,
  readInvoice,
  readInvoicePayment,
  readSubscription,
  type SubscriptionContent,
} from './content.rules.ts';
import type { BillingFact } from './standing.rules.ts';

export type BillingEvent = Extract<
  Stripe.Event,
  {
    type:
      | 'customer.created'
      | 'customer.updated'
      | 'customer.deleted'
      | 'customer.subscription.created'
      | 'customer.subscription.updated'
      | 'customer.subscription.deleted'
      | 'customer.subscription.paused'
      | 'customer.subscription.resumed'
      | 'customer.subscription.trial_will_end'
      | 'invoice.created'
      | 'invoice.finalized'
      | 'invoice.paid'
      | 'invoice.payment_failed'
      | 'invoice.voided'
      | 'invoice.marked_uncollectible'
      | 'invoice_payment.paid';
  }
>;

export type StripeRef = { readonly objectType: string; readonly stripeId: string };

/** What is known of one object; of an invoice, its payments too. */
export type Said =
  | {
      readonly objectType: 'customer';
      readonly stripeId: string;
      readonly fact: BillingFact<CustomerContent>;
    }
  | {
      readonly objectType: 'subscription';
      readonly stripeId: string;
      readonly fact: BillingFact<SubscriptionContent>;
    }
  | {
      readonly objectType: 'invoice';
      readonly stripeId: string;
      /** Null where only a payment of it was told of. */
      readonly fact: BillingFact<InvoiceContent> | null;
      readonly payments: readonly InvoicePayment[];
    };

export type BillingReading = Said & {
  /** Objects of Stripe that are this shop's, in one order everywhere, so that nobody waits crosswise. */
  readonly objects: readonly StripeRef[];
};

/** Which fact, and how it says when: of an event its own second, of a look at Stripe the second that it settles. */
export type Telling = Pick<BillingFact<unknown>, 'kind' | 'reference' | 'seenAt'>;

export function sayCustomer(
  customer: Stripe.Customer | Stripe.DeletedCustomer,
  telling: Telling,
): Said {
  const fact = { ...telling, content: readCustomer(customer) };
  return { objectType: 'customer', stripeId: customer.id, fact };
}

export function saySubscription(subscription: Stripe.Subscription, telling: Telling): Said {
  const content = readSubscription(subscription);
  const kind = telling.kind !== 'fetched' && isOver(content) ? 'ended' : telling.kind;
  return {
    objectType: 'subscription',
    stripeId: subscription.id,
    fact: { ...telling, kind, content },
  };
}

export function sayPayments(
  invoiceId: string,
  payments: readonly Stripe.InvoicePayment[],
  fromStripeAmount: FromStripeAmount,
): Said & { readonly objectType: 'invoice' } {
  const paid = payments.flatMap((one) => readInvoicePayment(one, fromStripeAmount) ?? []);
  return { objectType: 'invoice', stripeId: invoiceId, fact: null, payments: paid };
}

function sayInvoice(
  invoice: Stripe.Invoice,
  telling: Telling,
  fromStripeAmount: FromStripeAmount,
): Said & { readonly objectType: 'invoice' } {
  const said = sayPayments(invoice.id, invoice.payments?.data ?? [], fromStripeAmount);
  return { ...said, fact: { ...telling, content: readInvoice(invoice, fromStripeAmount) } };
}

function say(event: BillingEvent, fromStripeAmount: FromStripeAmount): Said {
  const told = { kind: 'told', reference: event.id, seenAt: event.created } as const;
  switch (event.type) {
    case 'customer.created':
      return sayCustomer(event.data.object, { ...told, kind: 'begun' });
    case 'customer.updated':
      return sayCustomer(event.data.object, told);
    case 'customer.deleted':
      return sayCustomer(event.data.object, { ...told, kind: 'ended' });
    case 'customer.subscription.created':
      return saySubscription(event.data.object, { ...told, kind: 'begun' });
    case 'customer.subscription.deleted':
      return saySubscription(event.data.object, { ...told, kind: 'ended' });
    case 'customer.subscription.updated':
    case 'customer.subscription.paused':
    case 'customer.subscription.resumed':
    case 'customer.subscription.trial_will_end':
      return saySubscription(event.data.object, told);
    case 'invoice_payment.paid': {
      const payment = event.data.object;
      return sayPayments(idOf(payment.invoice) ?? '', [payment], fromStripeAmount);
    }
    default:
      return sayInvoice(event.data.object, told, fromStripeAmount);
  }
}

/** A customer may be at several shops: it is this one's alone where its own metadata says so. */
function namedBy(said: Said, event: BillingEvent): readonly StripeRef[] {
  const own: StripeRef = said;
  const named = (objectType: string, stripeId: string | null): StripeRef[] =>
    stripeId === null ? [] : [{ objectType, stripeId }];
  switch (said.objectType) {
    case 'customer': {
      const { object } = event.data;
      const isOurs = 'metadata' in object && object.metadata?.shop_id !== undefined;
      return isOurs ? [own] : [];
    }
    case 'subscription':
      return [own, ...named('invoice', said.fact.content.latestInvoiceId)];
    case 'invoice':
      return [
        own,
        ...named('subscription', said.fact?.content.stripeSubscriptionId ?? null),
        ...said.payments.flatMap((payment) => [
          ...named('invoice_payment', payment.invoicePaymentId),
          ...named(payment.paidBy, payment.paymentReference),
        ]),
      ];
  }
}

/** @throws RangeError where Stripe's amount is no amount of the currency; Error for a status that is not known here */
export function readBillingEvent(
  event: BillingEvent,
  fromStripeAmount: FromStripeAmount,
): BillingReading {
  const said = say(event, fromStripeAmount);
  const key = ({ objectType, stripeId }: StripeRef): string => `${objectType} ${stripeId}`;
  const objects = namedBy(said, event).map(({ objectType, stripeId }) => ({
    objectType,
    stripeId,
  }));
  return { ...said, objects: objects.sort((one, other) => (key(one) < key(other) ? -1 : 1)) };
}

/** Whether more was paid for the invoice, at Stripe, than is known how. */
export function lacksPayments(
  invoice: Pick<InvoiceContent, 'status' | 'amountPaidMinor' | 'amountPaidOffStripeMinor'> | null,
  payments: readonly Pick<InvoicePayment, 'amountMinor'>[],
): boolean {
  if (invoice === null || invoice.status !== 'paid') return false;
  const knownMinor = payments.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  return knownMinor < invoice.amountPaidMinor - invoice.amountPaidOffStripeMinor;
}
