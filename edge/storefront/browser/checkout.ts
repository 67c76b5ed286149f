import {
  attemptHeader,
  type CallAnswer,
  withRetries,
} from '@commerce/contracts/vocabulary/retry.ts';
import {
  cancelCheckoutSession,
  clearCart,
  createCheckoutSession,
  getOrderStatus,
} from '@commerce/generated/public-v1/client/sdk.gen.ts';
import type { Shipping } from '@commerce/generated/public-v1/client/types.gen.ts';
import { AttemptKey, newKey } from './attempt-key.ts';
import { type StartOutcome, startOutcome } from './checkout-outcome.ts';
import { showDetails, showPayment, showProblem, showTotals, showWaiting } from './checkout-view.ts';
import { chooseDelivery, deliveryNow, followDelivery } from './delivery.ts';
import { isWorking, need, setWorking, showCartUnits } from './dom.ts';
import {
  forgetOpenCheckout,
  keepBoughtCart,
  keepOpenCheckout,
  type OpenCheckout,
  readOpenCheckout,
} from './open-checkout.ts';
import type { PaymentForm } from './payment.ts';
import { problemCode } from './problem-text.ts';
import { ownHost } from './public-api.ts';
import { standInPayment } from './stand-in-payment.ts';
import { stripePayment } from './stripe-payment.ts';
import { link, texts } from './this-page.ts';

/** All calls here read, or have one key however often they are made. */
const PATIENTLY = { safeToRepeat: true, onWait: sayWaiting };

const root = need('[data-checkout]');
const startForm = need<HTMLFormElement>('[data-start]');
const payForm = need<HTMLFormElement>('[data-pay]');
const emailField = need<HTMLInputElement>('#email');
const attempt = new AttemptKey(sessionStorage, 'checkout-attempt');
const mountPayment =
  root.dataset.standInUrl === undefined
    ? stripePayment(root.dataset.publishableKey ?? '', need('[data-payment-element]'))
    : standInPayment(root.dataset.standInUrl, payForm);

let open: { checkout: OpenCheckout; payment: PaymentForm } | undefined;

startForm.addEventListener('submit', (event) => {
  event.preventDefault();
  void exclusively(need('button[type=submit]', startForm), start);
});
need<HTMLButtonElement>('button[type=submit]', startForm).disabled = false;
payForm.addEventListener('submit', (event) => {
  event.preventDefault();
  void exclusively(need('button[type=submit]', payForm), pay);
});
need('[data-give-up]').addEventListener('click', (event) => {
  void exclusively(event.currentTarget as HTMLElement, giveUp);
});
followDelivery();
void resume();

/** Runs an action unless the button's last one still runs, and shows whatever it throws. */
async function exclusively(button: HTMLElement, action: () => Promise<void>): Promise<void> {
  if (isWorking(button)) return;
  setWorking(button, true);
  try {
    await action();
  } catch (error) {
    showProblem(error);
  } finally {
    setWorking(button, false);
  }
}

/** A reload during payment comes back to the payment, if the order still waits for it. */
async function resume(): Promise<void> {
  const kept = readOpenCheckout(sessionStorage, new Date());
  if (kept === undefined || kept.cartId !== root.dataset.cartId) return;
  refill(kept.request);
  if (kept.request !== requestText()) return;
  const { data } = await getOrderStatus({ ...ownHost, query: { orderId: kept.orderId } });
  if (data === undefined) return;
  if (data.status !== 'processing') return forgetOpenCheckout(sessionStorage);
  if (kept.submitted) return location.assign(link(`/orders/${kept.orderId}`));
  await toPayment(kept);
}

async function start(): Promise<void> {
  showProblem(undefined);
  await closeEarlier();
  const { outcome, request } = await startPatiently();
  if (outcome.kind === 'started') {
    const { accessToken: _cookie, holdId: _hold, ...session } = outcome.session;
    const checkout = { ...session, cartId: root.dataset.cartId ?? '', request };
    keepOpenCheckout(sessionStorage, checkout);
    keepBoughtCart(localStorage, checkout.orderId, checkout.cartId);
    attempt.settle();
    await toPayment(checkout);
    return;
  }
  if (outcome.kind === 'refused') attempt.settle();
  if (problemCode(outcome.problem) === 'cart_already_paid') await startNewCart();
  showProblem(outcome.problem, outcome.kind === 'unsettled' ? texts.tryAgain : undefined);
}

/**
 * The same call, with the same key, until it is settled or the tries are used up. What the buyer changes meanwhile
 * makes the next try another call, with a key of its own.
 * @returns the request that was answered so
 */
async function startPatiently(): Promise<{ outcome: StartOutcome; request: string }> {
  let request = '';
  const answer = await withRetries(() => {
    request = requestText();
    return startOnce(request);
  }, PATIENTLY);
  return { outcome: startOutcome(answer), request };
}

function startOnce(request: string) {
  const email = emailField.value.trim();
  const shipping = deliveryNow();
  const { key, attempt: number } = attempt.take(request);
  return createCheckoutSession({
    ...ownHost,
    headers: { 'Idempotency-Key': key, ...attemptHeader(number) },
    body: {
      ...(email === '' ? {} : { customer: { email } }),
      ...(shipping === undefined ? {} : { shipping }),
    },
  });
}

function sayWaiting(_delayMs: number, { error }: CallAnswer): void {
  showWaiting(problemCode(error) === 'inventory_busy' ? texts.tryingAgain : texts.stillTrying);
}

/**
 * A checkout of an earlier cart still holds stock, perhaps the very items wanted now. One of this same cart is the
 * server's to close.
 */
async function closeEarlier(): Promise<void> {
  const earlier = readOpenCheckout(sessionStorage, new Date());
  if (earlier === undefined || earlier.submitted) return;
  if (earlier.cartId === root.dataset.cartId) return;
  await cancel(earlier);
}

async function cancel(checkout: OpenCheckout): Promise<void> {
  const { checkoutSessionId } = checkout;
  const headers = { 'Idempotency-Key': newKey() };
  await withRetries(
    () => cancelCheckoutSession({ ...ownHost, path: { checkoutSessionId }, headers, body: {} }),
    PATIENTLY,
  );
  forgetOpenCheckout(sessionStorage);
}

async function toPayment(checkout: OpenCheckout): Promise<void> {
  showTotals(checkout.amounts);
  const payment = await mountPayment(checkout, emailField.value.trim());
  open = { checkout, payment };
  showPayment(checkout.amounts);
}

async function pay(): Promise<void> {
  if (open === undefined) return;
  showProblem(undefined);
  showWaiting(texts.processing);
  const { checkout, payment } = open;
  const result = await payment.submit();
  if (result.kind === 'refused') {
    showProblem({ message: result.message });
    return;
  }
  keepOpenCheckout(sessionStorage, { ...checkout, submitted: true });
  location.assign(link(`/orders/${checkout.orderId}`));
}

async function giveUp(): Promise<void> {
  if (open !== undefined) await cancel(open.checkout);
  showDetails();
  location.assign(link('/cart'));
}

async function startNewCart(): Promise<void> {
  await withRetries(() => clearCart(ownHost), PATIENTLY);
  showCartUnits(0);
}

/** All that makes one checkout another one than the last. */
function requestText(): string {
  const { cartId, cartMark } = root.dataset;
  return JSON.stringify([cartId, cartMark, emailField.value.trim(), deliveryNow() ?? null]);
}

/** Puts into the fields what was in them when this request was made. */
function refill(request: string): void {
  const [, , email, shipping] = JSON.parse(request) as [string, string, string, Shipping | null];
  emailField.value = email;
  if (shipping) chooseDelivery(shipping);
}
