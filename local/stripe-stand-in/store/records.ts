import type Stripe from 'stripe';

/** One line of a Checkout Session as it was priced at creation; amounts in the currency's minor units. */
export interface Line {
  readonly id: string;
  readonly priceId: string;
  readonly productId: string;
  readonly description: string;
  readonly currency: string;
  readonly unitAmount: number;
  readonly quantity: number;
  readonly amountSubtotal: number;
  readonly amountDiscount: number;
  readonly amountTotal: number;
  readonly taxBehavior: 'exclusive' | 'inclusive' | 'unspecified';
  readonly metadata: Stripe.Metadata;
  readonly created: number;
}

/** What `payment_intent_data` said: the PaymentIntent is made from it when the buyer confirms. */
export interface IntentTemplate {
  readonly metadata: Stripe.Metadata;
  readonly description: string | null;
  readonly receiptEmail: string | null;
  readonly captureMethod: 'automatic' | 'automatic_async';
  readonly setupFutureUsage: 'off_session' | 'on_session' | null;
  readonly shipping: Stripe.PaymentIntent.Shipping | null;
  readonly statementDescriptor: string | null;
  readonly statementDescriptorSuffix: string | null;
  readonly transferGroup: string | null;
}

/** A proration that waits for its subscription's next invoice. */
export interface PendingItemRecord {
  readonly id: string;
  readonly subscriptionId: string;
  readonly subscriptionItemId: string;
  readonly priceId: string;
  readonly productId: string;
  readonly description: string;
  readonly currency: string;
  /** Minor units; negative for a credit. */
  readonly amount: number;
  readonly quantity: number;
  readonly periodStart: number;
  readonly periodEnd: number;
}

export interface SessionRecord {
  readonly session: Stripe.Checkout.Session;
  readonly lines: readonly Line[];
  readonly intent: IntentTemplate;
}

export interface EventRecord {
  readonly event: Stripe.EventBase;
  /** Events of one lane are delivered one after another; different lanes in parallel. */
  readonly lane: string;
}

/**
 * `late` and `missing` are faults: held back until the control API lets it go, and never sent at all. A `missing`
 * delivery is one that Stripe lost: only `events.list` tells of the event.
 */
export type DeliveryState = 'pending' | 'delivered' | 'abandoned' | 'late' | 'missing';

export interface DeliveryRecord {
  readonly eventId: string;
  readonly endpointId: string;
  readonly state: DeliveryState;
  /** A delivery that a fault took out of its lane is overtaken, and overtakes. */
  readonly outOfLane?: boolean;
  /** The first attempt is signed with a secret that is not the endpoint's; its retries are right. */
  readonly forgedFirst?: boolean;
  readonly attempts: number;
  readonly nextAttemptAtMs: number;
  /** Status of the last answer, or null where there was none. */
  readonly lastStatus: number | null;
  readonly lastError: string | null;
}

export interface IdempotencyRecord {
  readonly path: string;
  /** The parameters in canonical form: sorted keys, one spelling for each kind of array. */
  readonly parameters: string;
  readonly status: number;
  readonly body: string;
  readonly requestId: string;
  readonly createdAtMs: number;
}

/** Something Stripe does later by itself. */
export interface TaskRecord {
  readonly kind: 'expire_session' | 'book_charge' | 'expire_subscription';
  readonly objectId: string;
  readonly dueAtMs: number;
}

/** Every collection of the stand-in and what its records are; a new resource adds one line. */
export interface Collections {
  sessions: SessionRecord;
  paymentIntents: Stripe.PaymentIntent;
  charges: Stripe.Charge;
  refunds: Stripe.Refund;
  balanceTransactions: Stripe.BalanceTransaction;
  customers: Stripe.Customer | Stripe.DeletedCustomer;
  coupons: Stripe.Coupon;
  shippingRates: Stripe.ShippingRate;
  products: Stripe.Product;
  prices: Stripe.Price;
  subscriptions: Stripe.Subscription;
  pendingItems: PendingItemRecord;
  invoices: Stripe.Invoice;
  invoicePayments: Stripe.InvoicePayment;
  /** The id of an invoice's one payment, by the invoice's. */
  invoicePaymentIds: string;
  disputes: Stripe.Dispute;
  events: EventRecord;
  deliveries: DeliveryRecord;
  idempotency: IdempotencyRecord;
  tasks: TaskRecord;
}

export type CollectionName = keyof Collections;

export const COLLECTION_NAMES = [
  'sessions',
  'paymentIntents',
  'charges',
  'refunds',
  'balanceTransactions',
  'customers',
  'coupons',
  'shippingRates',
  'products',
  'prices',
  'subscriptions',
  'pendingItems',
  'invoices',
  'invoicePayments',
  'invoicePaymentIds',
  'disputes',
  'events',
  'deliveries',
  'idempotency',
  'tasks',
] as const satisfies readonly CollectionName[];
