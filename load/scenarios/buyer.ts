/** A buyer's whole journey on the shop's own host, through the front door, with a cart of their own. */
import { sleep } from 'k6';
import { Counter, Trend } from 'k6/metrics';
import { type Answer, make } from './call.ts';
import type { ItemTarget, ScenarioSettings, ShopTarget } from './settings.ts';

/**
 * confirmed: paid, and the shop says so. sold_out: told that there is not enough. gave_up: still turned away after as
 * many tries as the policy allows and, at checkout, as many clicks on "Try again" as a person has patience for.
 * failed: anything that a buyer must never meet.
 */
export type Outcome = 'confirmed' | 'sold_out' | 'abandoned' | 'gave_up' | 'failed';

/** What share of the buyers does something besides buying. */
export const HABITS = {
  /** Leaves after the checkout has begun, and says so. */
  abandons: 0.1,
  /** Sends the same checkout twice, under the same key. */
  repeats: 0.1,
  /** The card is declined first. */
  declined: 0.05,
  /** Waits for what others give back, when told that all is sold. */
  waits: 0.34,
} as const;

const THINKING_SECONDS = { from: 1, to: 3 } as const;
const LOOK_AGAIN_SECONDS = { from: 1.5, to: 3 } as const;
/** The button that a page shows after the last try of the policy; it keeps the key. */
const TRIES_AGAIN = 3;
const TRY_AGAIN_SECONDS = { from: 5, to: 10 } as const;
const LOOKS_AGAIN_FOR_MS = 20_000;
const CONFIRMED_WITHIN_MS = 60_000;

const outcomes = new Counter('outcomes');
/** From the click on "pay" to the shop's word that it is confirmed. */
const confirmedMs = new Trend('confirmed_ms', true);
const repeatsThatDisagree = new Counter('repeats_that_disagree');
const repeats = new Counter('repeats');
const triesAgain = new Counter('tries_again');
const unexpected = new Counter('unexpected_answers');

/** Thresholds on what nobody may meet. A counter that was never added to would have no threshold at all. */
export const NOTHING_UNEXPECTED = {
  unexpected_answers: ['count==0'],
  repeats_that_disagree: ['count==0'],
} as const;

type Visit = {
  readonly settings: ScenarioSettings;
  readonly shop: ShopTarget;
  readonly item: ItemTarget;
  readonly shopId: string;
};

type Checkout = {
  readonly orderId: string;
  readonly checkoutSessionId: string;
  readonly accessToken: string;
};

const between = ({ from, to }: { from: number; to: number }): number =>
  from + Math.random() * (to - from);

function surprise(visit: Visit, at: string, { status, body }: Answer): Outcome {
  unexpected.add(1, { shop: visit.shopId });
  console.error(`${visit.shopId}, ${at}: ${status} ${JSON.stringify(body).slice(0, 300)}`);
  return 'failed';
}

const NOT_NOW: readonly unknown[] = ['inventory_busy', 'idempotency_in_progress'];

/** Asked to come again, as often as they came. */
function isTurnedAway({ status, body }: Answer): boolean {
  return status === 429 || status === 503 || NOT_NOW.includes(body.code);
}

/** What a refusal means to a buyer. */
function refused(visit: Visit, at: string, answer: Answer): Outcome {
  const { status, body } = answer;
  if (status === 409 && body.code === 'inventory_insufficient') return 'sold_out';
  return isTurnedAway(answer) ? 'gave_up' : surprise(visit, at, answer);
}

async function look({ shop, item, shopId }: Visit): Promise<Answer> {
  const url = `${shop.origin}/api/inventory/availability?variantKey=${encodeURIComponent(item.variantKey)}`;
  return make({ step: 'preview', shopId, method: 'GET', url, safeToRepeat: true });
}

function unitsShown({ body }: Answer): number {
  const [first] = (body.items ?? []) as readonly { readonly available?: number }[];
  return first?.available ?? 0;
}

/** Adding a line again would add to it: only what surely was not done is sent again. */
async function fillCart({ shop, item, shopId }: Visit): Promise<Answer> {
  const { sku, variantAttributes } = item;
  return make({
    step: 'cart',
    shopId,
    method: 'POST',
    url: `${shop.origin}/api/cart`,
    body: { sku, variantAttributes, quantity: 1 },
    safeToRepeat: false,
  });
}

/** `__Host-` cookies are for https, or a browser's localhost: k6 keeps them from plain http, so the buyer does it. */
function cookieOf({ headers }: Answer): string {
  return (headers['Set-Cookie'] ?? '').split(';')[0] ?? '';
}

async function checkOut(visit: Visit, cookie: string, key: string, again = false): Promise<Answer> {
  return make({
    step: again ? 'checkout, repeated' : 'checkout session',
    shopId: visit.shopId,
    method: 'POST',
    url: `${visit.shop.origin}/api/checkout-session`,
    headers: { Cookie: cookie, 'Idempotency-Key': key },
    body: { customer: { email: 'buyer@example.com' } },
    safeToRepeat: true,
    saysAttempt: true,
  });
}

/** The same request under the same key has the same answer, and makes no second order. */
async function repeat(visit: Visit, cookie: string, key: string, first: Checkout): Promise<void> {
  const { status, headers, body } = await checkOut(visit, cookie, key, true);
  repeats.add(1);
  const isSame =
    status === 201 &&
    headers['Idempotency-Replayed'] === 'true' &&
    body.orderId === first.orderId &&
    body.checkoutSessionId === first.checkoutSessionId;
  if (!isSame) {
    console.error(
      `${visit.shopId}: a repeated checkout answered ${status} ${JSON.stringify(body)}`,
    );
    repeatsThatDisagree.add(1);
  }
}

async function cancel(
  visit: Visit,
  { checkoutSessionId, accessToken }: Checkout,
): Promise<Outcome> {
  sleep(between(THINKING_SECONDS));
  const answer = await make({
    step: 'cancel',
    shopId: visit.shopId,
    method: 'POST',
    url: `${visit.shop.origin}/api/checkout-session/${checkoutSessionId}/cancel`,
    headers: { Authorization: `Bearer ${accessToken}`, 'Idempotency-Key': crypto.randomUUID() },
    body: {},
    safeToRepeat: true,
  });
  if (answer.status === 200 && answer.body.status === 'cancelled') return 'abandoned';
  return answer.status === 200
    ? surprise(visit, 'cancel', answer)
    : refused(visit, 'cancel', answer);
}

async function payAtStandIn(visit: Visit, session: string, outcome: string): Promise<Answer> {
  return make({
    step: 'pay at the stand-in',
    shopId: visit.shopId,
    method: 'POST',
    url: `${visit.settings.standIn}/_stand-in/sessions/${session}/pay`,
    body: { outcome },
    safeToRepeat: false,
  });
}

/** "Processing…", until the shop has heard of the payment. */
async function awaitConfirmation(visit: Visit, checkout: Checkout): Promise<Outcome> {
  const startedMs = Date.now();
  for (let look = 1; ; look += 1) {
    const answer = await make({
      step: 'order status',
      shopId: visit.shopId,
      method: 'GET',
      url: `${visit.shop.origin}/api/order-status?orderId=${checkout.orderId}`,
      headers: { Authorization: `Bearer ${checkout.accessToken}` },
      safeToRepeat: true,
    });
    if (answer.status !== 200) return refused(visit, 'order status', answer);
    if (answer.body.status === 'confirmed') {
      confirmedMs.add(Date.now() - startedMs, { shop: visit.shopId });
      return 'confirmed';
    }
    const isLate = Date.now() - startedMs > CONFIRMED_WITHIN_MS;
    if (answer.body.status !== 'processing' || isLate)
      return surprise(visit, 'order status', answer);
    sleep(Math.min(2, 0.2 * look) * between({ from: 0.5, to: 1.5 }));
  }
}

async function pay(visit: Visit, checkout: Checkout): Promise<Outcome> {
  if (Math.random() < HABITS.declined) {
    const declined = await payAtStandIn(visit, checkout.checkoutSessionId, 'declined');
    if (declined.status !== 402) return surprise(visit, 'a declined card', declined);
    sleep(between(THINKING_SECONDS));
  }
  const paid = await payAtStandIn(visit, checkout.checkoutSessionId, 'succeeded');
  if (paid.status !== 200) return surprise(visit, 'pay', paid);
  return awaitConfirmation(visit, checkout);
}

/** @param mayLeave false for who has waited for this: they do not give it up again */
async function tryToBuy(visit: Visit, cookie: string, mayLeave: boolean): Promise<Outcome> {
  const key = crypto.randomUUID();
  let created = await checkOut(visit, cookie, key);
  for (let press = 0; isTurnedAway(created) && press < TRIES_AGAIN; press += 1) {
    sleep(between(TRY_AGAIN_SECONDS));
    triesAgain.add(1, { shop: visit.shopId });
    created = await checkOut(visit, cookie, key);
  }
  if (created.status !== 201) return refused(visit, 'checkout', created);
  const checkout = created.body as Checkout;
  if (Math.random() < HABITS.repeats) await repeat(visit, cookie, key, checkout);
  const leaves = Math.random() < HABITS.abandons && mayLeave;
  return leaves ? cancel(visit, checkout) : pay(visit, checkout);
}

/** Looks at the preview now and then, and tries again whenever it shows something. */
async function waitForMore(visit: Visit, cookie: string): Promise<Outcome> {
  const untilMs = Date.now() + LOOKS_AGAIN_FOR_MS;
  while (Date.now() < untilMs) {
    sleep(between(LOOK_AGAIN_SECONDS));
    const shown = await look(visit);
    if (shown.status !== 200) return refused(visit, 'preview', shown);
    if (unitsShown(shown) === 0) continue;
    const outcome = await tryToBuy(visit, cookie, false);
    if (outcome !== 'sold_out') return outcome;
  }
  return 'sold_out';
}

async function journey(visit: Visit): Promise<Outcome> {
  const { shop, item, shopId } = visit;
  const url = shop.origin + item.pagePath;
  const page = await make({ step: 'product page', shopId, method: 'GET', url, safeToRepeat: true });
  if (page.status !== 200) return refused(visit, 'product page', page);
  const shown = await look(visit);
  if (shown.status !== 200) return refused(visit, 'preview', shown);
  const cart = await fillCart(visit);
  if (cart.status !== 200) return refused(visit, 'cart', cart);
  const cookie = cookieOf(cart);
  const outcome = await tryToBuy(visit, cookie, true);
  if (outcome !== 'sold_out' || Math.random() >= HABITS.waits) return outcome;
  return waitForMore(visit, cookie);
}

/** One buyer, one unit of one item. */
export async function buy(
  settings: ScenarioSettings,
  shop: ShopTarget,
  item: ItemTarget,
): Promise<void> {
  unexpected.add(0);
  repeatsThatDisagree.add(0);
  const { shopId } = shop;
  const outcome = await journey({ settings, shop, item, shopId });
  outcomes.add(1, { outcome, shop: shopId });
}
