/** What happens at Stripe to the orders and the subscriptions of some shops, at random, and what Stripe tells of it. */
import Stripe from 'stripe';
import type { Reply } from './gateway.ts';
import type { Random } from './random.ts';
import type { Surroundings } from './surroundings.ts';

/** Whatever happens to one order, or to one customer with a subscription, in its order. */
export type History = { readonly events: Stripe.Event[] };

type World = Pick<Surroundings, 'env' | 'standIn' | 'standInControl'> & {
  shiftStandInClock(byMs: number): void;
};

export type OpenOrder = {
  readonly shopId: string;
  readonly orderId: string;
  readonly checkoutSessionId: string;
  readonly accessToken: string;
};

export type Historian = {
  readonly stripe: Stripe;
  /** Lets things happen to the order, from its open session on. */
  ofOrder(order: OpenOrder): Promise<History>;
  /** Lets a new customer of the shop subscribe, and goes on from there. */
  ofSubscription(shopId: string): Promise<History>;
  /** What Stripe has told of since: of what the service itself has done. */
  sinceThen(): Promise<Stripe.Event[]>;
};

/** Of ten, so many twins: one change told by two Events. */
const TWINS = 0.05;

export async function createHistorian(world: World, random: Random): Promise<Historian> {
  const stripe = new Stripe(world.env.STRIPE_SECRET_KEY ?? '', {
    host: '127.0.0.1',
    port: world.standIn.port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
  });
  const seed = Math.floor(random.next() * 1_000_000);
  await world.standInControl('POST', '/webhooks/pause');
  await world.standInControl('POST', '/delivery-faults', {
    fault: 'twin',
    probability: TWINS,
    seed,
  });
  const prices = await Promise.all(
    [1_000, 2_500].map((unit_amount) =>
      stripe.prices.create({
        currency: 'eur',
        unit_amount,
        recurring: { interval: 'month' },
        product_data: { name: 'Coffee' },
      }),
    ),
  );
  let last: string | undefined;
  const news = async (): Promise<Stripe.Event[]> => {
    const events: Stripe.Event[] = [];
    for (;;) {
      const page = await stripe.events.list({
        limit: 100,
        ...(last === undefined ? {} : { ending_before: last }),
      });
      last = page.data[0]?.id ?? last;
      events.push(...page.data.reverse());
      if (!page.has_more) return events;
    }
  };
  const stage = new Stage(world, stripe, random);
  const play = async (act: () => Promise<void>): Promise<History> => {
    await act();
    // Long enough for every charge to be booked.
    await stage.passSeconds(2);
    const events = await news();
    stage.rewind();
    return { events };
  };
  return {
    stripe,
    ofOrder: (order) => play(() => playOrder(stage, order)),
    ofSubscription: (shopId) => play(() => playSubscription(stage, shopId, prices)),
    sinceThen: news,
  };
}

/** Time and chance, and the hands that move things at Stripe. */
class Stage {
  readonly stripe: Stripe;
  readonly random: Random;
  readonly #world: World;
  #aheadMs = 0;

  constructor(world: World, stripe: Stripe, random: Random) {
    this.#world = world;
    this.stripe = stripe;
    this.random = random;
  }

  chance(probability: number): boolean {
    return this.random.next() < probability;
  }

  async passSeconds(seconds: number): Promise<void> {
    this.#aheadMs += seconds * 1_000;
    this.#world.shiftStandInClock(this.#aheadMs);
    await this.#world.standInControl('GET', '/health');
  }

  /** Whatever comes next happened at the same time as this. */
  rewind(): void {
    this.#aheadMs = 0;
    this.#world.shiftStandInClock(0);
  }

  /** Two things in one second are as likely as not. */
  async act(path: string, body: object = {}): Promise<Reply> {
    if (this.chance(0.5)) await this.passSeconds(1);
    const reply = await this.#world.standInControl('POST', path, body);
    if (reply.status >= 500) throw new Error(`${path}: ${JSON.stringify(reply.body)}`);
    return reply;
  }
}

type Step = (stage: Stage, session: string) => Promise<unknown>;

const pay =
  (...outcomes: readonly string[]): Step =>
  async (stage, session) => {
    for (const outcome of outcomes) await stage.act(`/sessions/${session}/pay`, { outcome });
  };
const settle =
  (outcome: string): Step =>
  (stage, session) =>
    stage.act(`/sessions/${session}/settle`, { outcome });
const payBeside: Step = (stage, session) => stage.act(`/sessions/${session}/pay-again`);

const SESSIONS: readonly [readonly Step[], ...(readonly Step[])[]] = [
  [pay('succeeded')],
  [pay('succeeded')],
  [pay('succeeded')],
  [pay('declined', 'succeeded')],
  [pay('processing'), settle('succeeded')],
  [pay('processing'), settle('failed')],
  [pay('processing')],
  [pay('expired')],
  [pay('declined', 'expired')],
  [pay('expired'), payBeside],
  [pay('succeeded'), payBeside],
  [pay('processing'), settle('failed'), payBeside],
  [],
];

async function playOrder(stage: Stage, order: OpenOrder): Promise<void> {
  const { stripe } = stage;
  const { checkoutSessionId: session } = order;
  for (const step of stage.random.pick(SESSIONS)) await step(stage, session);
  const { data } = await stripe.charges.list({ limit: 100 });
  const own = data.filter(({ paid, metadata }) => paid && metadata.order_id === order.orderId);
  for (const charge of own.reverse()) await playCharge(stage, charge);
}

async function playCharge(stage: Stage, charge: Stripe.Charge): Promise<void> {
  let left = charge.amount;
  while (left > 0 && stage.chance(0.3)) {
    const amount = stage.chance(0.4) ? left : Math.ceil(left / 3);
    const { id } = await stage.stripe.refunds.create({ charge: charge.id, amount });
    if (stage.chance(0.3)) {
      const outcome = stage.chance(0.5) ? 'failed' : 'succeeded';
      const { status } = await stage.act(`/refunds/${id}/settle`, { outcome });
      if (outcome === 'failed' && status === 200) left += amount;
    }
    left -= amount;
  }
  if (left === 0 || !stage.chance(0.3)) return;
  const inquiry = stage.chance(0.2);
  const amount = stage.chance(0.7) ? left : Math.ceil(left / 2);
  const { body } = await stage.act(`/charges/${charge.id}/dispute`, { amount, inquiry });
  if (stage.chance(0.3)) return;
  const outcome = inquiry ? 'warning_closed' : stage.random.pick(['won', 'lost']);
  await stage.act(`/disputes/${body.dispute.id}/close`, { outcome });
}

/** What may happen to a subscription after its beginning; what Stripe refuses does not happen. */
const CHANGES: readonly [Change, ...Change[]] = [
  (stage, { id }) => stage.act(`/subscriptions/${id}/cycle`, { outcome: 'paid' }),
  (stage, { id }) => stage.act(`/subscriptions/${id}/cycle`, { outcome: 'paid' }),
  (stage, { id }) => stage.act(`/subscriptions/${id}/cycle`, { outcome: 'failed' }),
  (stage, { latest_invoice }) => stage.act(`/invoices/${latest_invoice}/pay`, { outcome: 'paid' }),
  ({ stripe }, { latest_invoice }) => stripe.invoices.voidInvoice(String(latest_invoice)),
  ({ stripe }, { latest_invoice }) => stripe.invoices.markUncollectible(String(latest_invoice)),
  ({ stripe, random }, { id, items }) =>
    stripe.subscriptions.update(id, {
      items: [{ id: items.data[0]?.id ?? '', quantity: random.pick([1, 2, 3]) }],
      proration_behavior: random.pick(['none', 'create_prorations', 'always_invoice']),
    }),
  ({ stripe }, { id, cancel_at_period_end }) =>
    stripe.subscriptions.update(id, { cancel_at_period_end: !cancel_at_period_end }),
  ({ stripe, random }, { id }) =>
    stripe.subscriptions.update(id, {
      pause_collection: { behavior: random.pick(['void', 'keep_as_draft', 'mark_uncollectible']) },
    }),
  ({ stripe }, { id }) => stripe.subscriptions.update(id, { pause_collection: '' }),
  ({ stripe }, { customer }) =>
    stripe.customers.update(String(customer), { description: 'as told by telephone' }),
  ({ stripe }, { id }) => stripe.subscriptions.cancel(id),
];
type Change = (stage: Stage, subscription: Stripe.Subscription) => Promise<unknown>;

async function playSubscription(
  stage: Stage,
  shopId: string,
  prices: readonly Stripe.Price[],
): Promise<void> {
  const { stripe } = stage;
  const metadata = { shop_id: shopId };
  // A customer may say nothing of its shop: its subscription does.
  const customer = await stripe.customers.create(stage.chance(0.7) ? { metadata } : {});
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: prices[stage.chance(0.5) ? 0 : 1]?.id ?? '' }],
    payment_behavior: 'default_incomplete',
    metadata,
    ...(stage.chance(0.2) ? { trial_period_days: 7 } : {}),
  });
  const invoice = String(subscription.latest_invoice);
  if (stage.chance(0.3)) await stage.act(`/invoices/${invoice}/pay`, { outcome: 'failed' });
  if (stage.chance(0.9)) await stage.act(`/invoices/${invoice}/pay`, { outcome: 'paid' });
  else await stage.act(`/subscriptions/${subscription.id}/expire`);
  while (stage.chance(0.75)) {
    if (stage.chance(0.5)) await stage.passSeconds(1);
    const now = await stripe.subscriptions.retrieve(subscription.id);
    await stage.random.pick(CHANGES)(stage, now).catch(unlessRefused);
  }
  if (stage.chance(0.1)) await stripe.customers.del(customer.id);
}

function unlessRefused(error: unknown): void {
  const refused = error instanceof Stripe.errors.StripeError && (error.statusCode ?? 500) < 500;
  if (!refused) throw error;
}
