/** Lives of customers, subscriptions and invoices at Stripe, and what is made of their events: pure, for histories.ts. */
import type Stripe from 'stripe';
import type { Transfer } from '../ledger/index.ts';
import {
  type BillingEvent,
  lacksPayments,
  readBillingEvent,
  type Said,
  sayCustomer,
  sayPayments,
  saySubscription,
} from '../subscriptions/billing-event.rules.ts';
import type {
  CustomerContent,
  InvoiceContent,
  InvoicePayment,
  SubscriptionContent,
} from '../subscriptions/content.rules.ts';
import { invoicePaymentTransfers } from '../subscriptions/invoice-transfers.rules.ts';
import {
  type BillingFact,
  readInvoiceStanding,
  readStanding,
  type Standing,
} from '../subscriptions/standing.rules.ts';
import {
  stripeCustomer,
  stripeInvoice,
  stripeInvoicePayment,
  stripeSubscription,
} from './billing-events.ts';
import type { Teller } from './histories.ts';
import type { Random } from './random.ts';

/** What Stripe would answer from the moment of an event on. */
type Truth = {
  readonly customer?: Stripe.Customer | Stripe.DeletedCustomer;
  readonly subscription?: Stripe.Subscription;
  readonly payments?: readonly Stripe.InvoicePayment[];
};
export type Told = {
  readonly index: number;
  readonly event: BillingEvent;
  /** Every object by its id, as it is at Stripe right after the event. */
  readonly truth: ReadonlyMap<string, Truth>;
};

const NOON = 1_795_000_000;

/** A clock that often stands still: many things happen in one second. */
function secondsOf(random: Random): () => number {
  let now = NOON;
  return () => {
    if (random.next() < 0.45) now += 1 + Math.floor(random.next() * 3);
    return now;
  };
}

type Happening = {
  readonly type: BillingEvent['type'];
  readonly object: object;
  readonly id: string;
  readonly truth: Truth;
};

function* customerLife(id: string, random: Random): Iterable<Happening> {
  const named = (): Stripe.Customer =>
    stripeCustomer(id, { metadata: { customer_id: random.pick(['a', 'b', 'c']) } });
  let customer = named();
  yield { type: 'customer.created', object: customer, id, truth: { customer } };
  for (let count = Math.floor(random.next() * 3); count > 0; count -= 1) {
    customer = named();
    yield { type: 'customer.updated', object: customer, id, truth: { customer } };
  }
  if (random.next() < 0.5) return;
  const deleted: Stripe.DeletedCustomer = { id, object: 'customer', deleted: true };
  yield { type: 'customer.deleted', object: customer, id, truth: { customer: deleted } };
}

const UPDATES = [
  'customer.subscription.updated',
  'customer.subscription.updated',
  'customer.subscription.paused',
  'customer.subscription.resumed',
  'customer.subscription.trial_will_end',
] as const;

function* subscriptionLife(id: string, random: Random): Iterable<Happening> {
  let subscription = stripeSubscription(id, { status: 'incomplete' });
  const told = (type: BillingEvent['type']): Happening => ({
    type,
    object: subscription,
    id,
    truth: { subscription },
  });
  yield told('customer.subscription.created');
  for (let count = Math.floor(random.next() * 4); count > 0; count -= 1) {
    subscription = stripeSubscription(id, {
      status: random.pick(['active', 'past_due', 'paused', 'trialing']),
      cancel_at_period_end: random.next() < 0.3,
      priceId: random.pick(['price_1', 'price_2']),
    });
    yield told(random.pick(UPDATES));
  }
  if (random.next() < 0.5) return;
  const status = subscription.status === 'incomplete' ? 'incomplete_expired' : 'canceled';
  subscription = { ...subscription, status, ended_at: NOON };
  yield told('customer.subscription.deleted');
  if (random.next() < 0.8) return;
  subscription = { ...subscription, cancel_at_period_end: true };
  yield told('customer.subscription.updated');
}

function* paymentsOf(id: string, due: number, random: Random): Iterable<Stripe.InvoicePayment> {
  const first = random.next() < 0.3 ? Math.floor(due * random.next()) : due;
  for (const [index, amount_paid] of [first, due - first].entries()) {
    if (amount_paid === 0) continue;
    const outside = random.next() < 0.1;
    const paidBy = { type: 'payment_record', payment_record: 'pr_1' } as const;
    yield stripeInvoicePayment(`inpay_${index}_${id}`, id, {
      amount_paid,
      ...(outside ? { payment: paidBy } : {}),
    });
  }
}

function* invoiceLife(id: string, random: Random): Iterable<Happening> {
  const due = random.next() < 0.2 ? 0 : 1 + Math.floor(random.next() * 100_000);
  const paid: Stripe.InvoicePayment[] = [];
  let attempt_count = 0;
  const told = (type: BillingEvent['type'], status: Stripe.Invoice.Status): Happening => {
    const amount_paid = paid.reduce((sum, payment) => sum + (payment.amount_paid ?? 0), 0);
    const withPayments = random.next() < 0.3 ? { payments: [...paid] } : {};
    const object = stripeInvoice(id, {
      status,
      amount_due: due,
      amount_paid,
      attempt_count,
      subscription: 'sub_1',
      ...withPayments,
    });
    return { type, object, id, truth: { payments: [...paid] } };
  };
  yield told('invoice.created', 'draft');
  yield told('invoice.finalized', 'open');
  for (let count = Math.floor(random.next() * 2); count > 0; count -= 1) {
    attempt_count += 1;
    yield told('invoice.payment_failed', 'open');
  }
  if (random.next() < 0.3) yield told('invoice.marked_uncollectible', 'uncollectible');
  if (random.next() < 0.2) {
    yield told('invoice.voided', 'void');
    return;
  }
  for (const payment of paymentsOf(id, due, random)) {
    paid.push(payment);
    yield { type: 'invoice_payment.paid', object: payment, id, truth: { payments: [...paid] } };
  }
  yield told('invoice.paid', 'paid');
}

const LIVES = [customerLife, subscriptionLife, subscriptionLife, invoiceLife, invoiceLife] as const;

/** One or two objects' lives, as they go on at Stripe side by side. Some events have a second id. */
export function billingHistory(random: Random): Told[] {
  const lives = Array.from({ length: random.next() < 0.6 ? 1 : 2 }, (_, index) => [
    ...random.pick(LIVES)(`object_${index}`, random),
  ]);
  const nextSecond = secondsOf(random);
  let truth = new Map<string, Truth>();
  const told: Told[] = [];
  while (lives.some((life) => life.length > 0)) {
    const [first, ...others] = lives.filter((life) => life.length > 0);
    if (first === undefined) break;
    const happening = random.pick([first, ...others]).shift();
    if (happening === undefined) break;
    truth = new Map(truth).set(happening.id, happening.truth);
    const created = nextSecond();
    for (let count = random.next() < 0.1 ? 2 : 1; count > 0; count -= 1) {
      const index = told.length;
      const { type, object } = happening;
      const event = { id: `evt_${index}`, object: 'event', type, created, data: { object } };
      told.push({ index, event: event as unknown as BillingEvent, truth });
    }
  }
  return told;
}

type Known = {
  readonly objectType: Said['objectType'];
  readonly facts: Map<string, BillingFact<unknown>>;
  readonly payments: Map<string, InvoicePayment>;
};
export type World = {
  readonly objects: Map<string, Known>;
  /** Stripe is as early as it can be: as it was right after the latest event that has come. */
  latest: Told | null;
  changed: Set<string>;
};

/** What is under test; another in its place shows that the histories tell right from wrong. */
export type Rules = {
  readonly readStanding: typeof readStanding;
  readonly readInvoiceStanding: typeof readInvoiceStanding;
};
export const RULES: Rules = { readStanding, readInvoiceStanding };

function write(world: World, said: Said): void {
  const { objectType, stripeId } = said;
  const known: Known = world.objects.get(stripeId) ?? {
    objectType,
    facts: new Map(),
    payments: new Map(),
  };
  world.objects.set(stripeId, known);
  world.changed.add(stripeId);
  if (said.fact !== null) {
    const key = `${said.fact.kind} ${said.fact.reference}`;
    if (!known.facts.has(key)) known.facts.set(key, said.fact);
  }
  if (said.objectType !== 'invoice') return;
  for (const payment of said.payments) {
    if (!known.payments.has(payment.invoicePaymentId))
      known.payments.set(payment.invoicePaymentId, payment);
  }
}

const asIs = (amount: number): number => amount;

function settleOne(rules: Rules, world: World, id: string): void {
  const known = world.objects.get(id);
  const truth = world.latest?.truth.get(id);
  if (known === undefined || truth === undefined) return;
  const facts = [...known.facts.values()];
  if (known.objectType === 'invoice') {
    const standing = rules.readInvoiceStanding(facts as BillingFact<InvoiceContent>[]);
    if (lacksPayments(standing?.content ?? null, [...known.payments.values()]))
      write(world, sayPayments(id, truth.payments ?? [], asIs));
    return;
  }
  const { toFetch } = rules.readStanding(facts);
  if (toFetch === null) return;
  const telling = { kind: 'fetched', ...toFetch } as const;
  if (truth.customer !== undefined) write(world, sayCustomer(truth.customer, telling));
  if (truth.subscription !== undefined) write(world, saySubscription(truth.subscription, telling));
}

export type End = {
  readonly standing: Standing<CustomerContent | SubscriptionContent | InvoiceContent> | null;
  readonly transfers: readonly Transfer[];
};

export function endOf(rules: Rules, world: World): ReadonlyMap<string, End> {
  const ends = [...world.objects].map(([id, { objectType, facts, payments }]) => {
    const all = [...facts.values()];
    const standing =
      objectType === 'invoice'
        ? rules.readInvoiceStanding(all as BillingFact<InvoiceContent>[])
        : rules.readStanding(all as BillingFact<CustomerContent | SubscriptionContent>[]).standing;
    const sorted = [...payments.values()].sort((one, other) =>
      one.invoicePaymentId < other.invoicePaymentId ? -1 : 1,
    );
    return [id, { standing, transfers: invoicePaymentTransfers(sorted) }] as const;
  });
  return new Map(ends.sort(([one], [other]) => (one < other ? -1 : 1)));
}

export function billingTeller(rules: Rules = RULES): Teller<Told, World> {
  return {
    begin: () => ({ objects: new Map(), latest: null, changed: new Set() }),
    apply: (world, told) => {
      if (world.latest === null || world.latest.index < told.index) world.latest = told;
      const { objects: _, ...said } = readBillingEvent(told.event, asIs);
      write(world, said);
    },
    settle: (world) => {
      for (const id of world.changed) settleOne(rules, world, id);
      world.changed = new Set();
    },
    end: (world) => [...endOf(rules, world)],
  };
}
