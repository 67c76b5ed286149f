/** What may happen to orders at Stripe, in the order in which it happened there, as the events that Stripe would send. */
import type Stripe from 'stripe';
import type { OrderEvent } from '../checkout/event-facts.rules.ts';
import type { StoryEvent, StoryOrder } from './order-world.ts';
import type { Random } from './random.ts';

export type Story = {
  readonly orders: readonly StoryOrder[];
  readonly events: readonly StoryEvent[];
};

type Fields = Readonly<Record<string, unknown>>;

/** Stripe of one order: what it has, and what it has told of. */
class Chapter {
  readonly events: OrderEvent[] = [];
  readonly refunds: Map<string, Stripe.Refund> = new Map();
  readonly #random: Random;
  readonly #name: string;
  readonly #totalMinor: number;
  #nowS = 1_790_000_000;
  #payments = 0;

  constructor(random: Random, name: string, totalMinor: number) {
    this.#random = random;
    this.#name = name;
    this.#totalMinor = totalMinor;
  }

  chance(probability: number): boolean {
    return this.#random.next() < probability;
  }

  /** Two in one second are as likely as not; now and then one change is told of by two events. */
  tell(type: OrderEvent['type'], object: Fields): void {
    for (let copies = this.chance(0.05) ? 2 : 1; copies > 0; copies -= 1) {
      if (this.chance(0.5)) this.#nowS += 1;
      const id = `evt_${this.#name}_${this.events.length}`;
      const event = { id, object: 'event', type, created: this.#nowS, data: { object } };
      this.events.push(event as unknown as OrderEvent);
    }
  }

  /** An id that does not say which was made first. */
  newPayment(): string {
    this.#payments += 1;
    return `pi_${this.#name}_${this.#random.pick(['a', 'b', 'c', 'd'])}${this.#payments}`;
  }

  session(type: OrderEvent['type'], payment: string | null, changes: Fields): void {
    this.tell(type, {
      object: 'checkout.session',
      id: `cs_${this.#name}`,
      status: type.endsWith('expired') ? 'expired' : 'complete',
      payment_status: 'paid',
      payment_intent: payment,
      amount_total: this.#totalMinor,
      currency: 'eur',
      client_secret: null,
      ...changes,
    });
  }

  intent(type: OrderEvent['type'], payment: string, amount = this.#totalMinor): void {
    const object = { object: 'payment_intent', id: payment, amount_received: amount };
    this.tell(type, { ...object, currency: 'eur' });
  }

  /** Of a part of the payment, or of what is left of it. */
  refund(payment: string, isTold: boolean): void {
    const [made, ended] = this.#random.pick([
      ['pending', null],
      ['succeeded', null],
      ['succeeded', 'failed'],
      ['pending', 'succeeded'],
      ['pending', 'failed'],
      ['requires_action', 'canceled'],
    ]);
    const known = [...this.refunds.values()].filter(
      ({ payment_intent }) => payment_intent === payment,
    );
    const back = known.reduce((sum, one) => sum + (hasFailed(one) ? 0 : one.amount), 0);
    const left = this.#totalMinor - back;
    const amount = this.chance(0.5) ? left : Math.floor(left / 2);
    if (amount === 0) return;
    const id = `re_${payment}_${known.length}`;
    const isTaken = made !== 'requires_action' && this.chance(0.8);
    const refund = {
      object: 'refund',
      id,
      amount,
      currency: 'eur',
      created: this.#nowS,
      status: made,
      payment_intent: payment,
      charge: `ch_${payment}`,
      balance_transaction: isTaken || made === 'succeeded' ? `txn_${id}` : null,
      // Ours is one operation, whatever else a person gives back.
      metadata:
        known.length === 0 && this.chance(0.3)
          ? { operation_id: `refund:${this.#name}:${payment}:1` }
          : {},
    } as unknown as Stripe.Refund;
    this.#refundIs(refund, 'refund.created', isTold);
    this.charge(payment, back + amount);
    if (ended === null) return;
    const type = ended === 'failed' ? 'refund.failed' : 'refund.updated';
    this.#refundIs({ ...refund, status: ended } as Stripe.Refund, type, isTold);
  }

  #refundIs(refund: Stripe.Refund, type: OrderEvent['type'], isTold: boolean): void {
    this.refunds.set(refund.id, refund);
    if (isTold) this.tell(type, refund as unknown as Fields);
  }

  charge(payment: string, amount_refunded: number): void {
    const object = { object: 'charge', id: `ch_${payment}`, payment_intent: payment };
    this.tell('charge.refunded', { ...object, amount_refunded, currency: 'eur' });
  }

  dispute(payment: string): void {
    const amount = this.chance(0.7) ? this.#totalMinor : Math.ceil(this.#totalMinor / 2);
    const base = {
      object: 'dispute',
      id: `dp_${payment}`,
      amount,
      currency: 'eur',
      created: this.#nowS,
      payment_intent: payment,
      charge: `ch_${payment}`,
    };
    const moved: { amount: number; currency: string }[] = [];
    const tell = (what: string, status: string): void =>
      this.tell(`charge.dispute.${what}` as OrderEvent['type'], {
        ...base,
        status,
        balance_transactions: [...moved],
      });
    if (this.chance(0.3)) {
      tell('created', 'warning_needs_response');
      if (this.chance(0.5)) tell('closed', 'warning_closed');
      if (this.chance(0.5)) return;
    }
    moved.push({ amount: -amount, currency: 'eur' });
    if (this.chance(0.8)) tell('created', 'needs_response');
    tell('funds_withdrawn', 'needs_response');
    if (this.chance(0.5)) tell('updated', 'under_review');
    if (this.chance(0.3)) return;
    const isLost = this.chance(0.5);
    if (isLost) tell('closed', 'lost');
    if (isLost && this.chance(0.7)) return;
    if (isLost) tell('updated', 'appeal_under_review');
    tell('closed', 'won');
    moved.push({ amount: this.chance(0.8) ? amount : Math.ceil(amount / 2), currency: 'eur' });
    tell('funds_reinstated', 'won');
  }
}

function hasFailed({ status }: Stripe.Refund): boolean {
  return status === 'failed' || status === 'canceled';
}

/** How a session went, once each. @returns the payments that it left. */
const SESSIONS: readonly ((chapter: Chapter, totalMinor: number) => string[])[] = [
  function paid(chapter) {
    const payment = chapter.newPayment();
    if (chapter.chance(0.8)) chapter.intent('payment_intent.succeeded', payment);
    if (chapter.chance(0.8)) chapter.session('checkout.session.completed', payment, {});
    return [payment];
  },
  function paidLater(chapter) {
    const payment = chapter.newPayment();
    chapter.session('checkout.session.completed', payment, { payment_status: 'unpaid' });
    chapter.intent('payment_intent.succeeded', payment);
    chapter.session('checkout.session.async_payment_succeeded', payment, {});
    return [payment];
  },
  function refusedLater(chapter) {
    const payment = chapter.newPayment();
    const unpaid = { payment_status: 'unpaid' };
    chapter.session('checkout.session.completed', payment, unpaid);
    chapter.session('checkout.session.async_payment_failed', payment, unpaid);
    if (chapter.chance(0.3)) return [];
    // Somebody pays after all, by the same intent or another.
    const second = chapter.chance(0.5) ? payment : chapter.newPayment();
    chapter.intent('payment_intent.succeeded', second);
    return [second];
  },
  function canceledLater(chapter) {
    const payment = chapter.newPayment();
    chapter.session('checkout.session.completed', payment, { payment_status: 'unpaid' });
    chapter.intent('payment_intent.canceled', payment);
    if (chapter.chance(0.2)) chapter.intent('payment_intent.succeeded', payment);
    return [payment];
  },
  function expired(chapter) {
    if (chapter.chance(0.3)) chapter.intent('payment_intent.canceled', chapter.newPayment());
    chapter.session('checkout.session.expired', null, {});
    if (chapter.chance(0.5)) return [];
    const late = chapter.newPayment();
    chapter.intent('payment_intent.succeeded', late);
    return [late];
  },
  function expiredAndCompleted(chapter) {
    const payment = chapter.newPayment();
    chapter.session('checkout.session.completed', payment, {});
    chapter.session('checkout.session.expired', null, {});
    return [payment];
  },
  function ofAnotherAmount(chapter, totalMinor) {
    const payment = chapter.newPayment();
    const other = totalMinor + (chapter.chance(0.5) ? 1 : -1);
    chapter.session('checkout.session.completed', payment, { amount_total: other });
    if (chapter.chance(0.5)) chapter.intent('payment_intent.succeeded', payment, other);
    if (chapter.chance(0.5)) chapter.session('checkout.session.completed', payment, {});
    if (chapter.chance(0.3)) chapter.intent('payment_intent.succeeded', payment, totalMinor + 7);
    return [payment];
  },
  function unknown(chapter) {
    // Its events are on their way, or lost: what follows is told all the same.
    return [chapter.newPayment()];
  },
];

function writeChapter(random: Random, name: string, totalMinor: number): Chapter {
  const chapter = new Chapter(random, name, totalMinor);
  const payments =
    SESSIONS[Math.floor(random.next() * SESSIONS.length)]?.(chapter, totalMinor) ?? [];
  while (chapter.chance(0.12)) {
    const again = chapter.newPayment();
    chapter.intent('payment_intent.succeeded', again);
    payments.push(again);
  }
  for (const payment of payments) {
    // Either all refunds of a payment are told, or its charge alone tells of them.
    const isTold = chapter.chance(0.8);
    while (chapter.chance(0.25)) chapter.refund(payment, isTold);
    if (chapter.chance(0.25)) chapter.dispute(payment);
    if (chapter.chance(0.1)) chapter.refund(payment, isTold);
  }
  return chapter;
}

/** One order, or a few of several shops, whose events come in between each other: two at least. */
export function writeStory(random: Random): Story {
  for (;;) {
    const story = writeOneStory(random);
    if (story.events.length > 1) return story;
  }
}

function writeOneStory(random: Random): Story {
  const count = random.pick([1, 1, 1, 2, 3]);
  const orders: StoryOrder[] = [];
  const queues: StoryEvent[][] = [];
  for (let index = 0; index < count; index += 1) {
    const shopId = random.pick(['north', 'south']);
    const orderId = `ord_${index}`;
    const [subtotalMinor, taxMinor, depositMinor] = [
      1_000,
      random.pick([0, 230]),
      random.pick([0, 500]),
    ];
    const totalMinor = subtotalMinor + taxMinor + depositMinor;
    const chapter = writeChapter(random, `${shopId}${index}`, totalMinor);
    const cancelled = {
      kind: 'cancel_requested',
      reference: 'buyer',
      occurredAt: new Date(0),
    } as const;
    orders.push({
      shopId,
      orderId,
      currency: 'EUR',
      ...{ subtotalMinor, taxMinor, depositMinor, discountMinor: 0, shippingMinor: 0, totalMinor },
      checkoutSessionId: random.next() < 0.8 ? `cs_${shopId}${index}` : null,
      before: random.next() < 0.2 ? [cancelled] : [],
      refunds: [...chapter.refunds.values()],
    });
    queues.push(chapter.events.map((event) => ({ shopId, orderId, event })));
  }
  return { orders, events: merged(queues, random) };
}

function merged<T>(queues: readonly (readonly T[])[], random: Random): T[] {
  const left = queues.map((queue) => [...queue]);
  const told: T[] = [];
  for (;;) {
    const waiting = left.filter((queue) => queue.length > 0);
    const next = waiting[Math.floor(random.next() * waiting.length)]?.shift();
    if (next === undefined) return told;
    told.push(next);
  }
}
