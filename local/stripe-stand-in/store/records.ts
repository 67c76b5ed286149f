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

export interface DeliveryRecord {
  readonly eventId: string;
  readonly endpointId: string;
  readonly state: 'pending' | 'delivered' | 'abandoned';
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
  readonly kind: 'expire_session' | 'book_charge';
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
  customers: Stripe.Customer;
  coupons: Stripe.Coupon;
  shippingRates: Stripe.ShippingRate;
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
  'events',
  'deliveries',
  'idempotency',
  'tasks',
] as const satisfies readonly CollectionName[];
