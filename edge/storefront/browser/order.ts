import {
  type AskedDelay,
  askedDelay,
  type Backoff,
  backoffMs,
  wait,
  withRetries,
} from '@commerce/contracts/vocabulary/retry.ts';
import {
  cancelCheckoutSession,
  clearCart,
  getCart,
  getOrderStatus,
} from '@commerce/generated/public-v1/client/sdk.gen.ts';
import type { OrderStatus } from '@commerce/generated/public-v1/client/types.gen.ts';
import { statusText } from '../order-status-text.ts';
import { newKey } from './attempt-key.ts';
import { isWorking, make, need, setWorking, showCartUnits } from './dom.ts';
import {
  forgetBoughtCart,
  forgetOpenCheckout,
  type OpenCheckout,
  readBoughtCart,
  readOpenCheckout,
} from './open-checkout.ts';
import { problemCode } from './problem-text.ts';
import { ownHost } from './public-api.ts';
import { language, texts } from './this-page.ts';

const POLLS: Backoff = { firstMs: 500, factor: 1.4, capMs: 5000 };
/** After this long the page stops asking by itself; the buyer can ask on. */
const PATIENCE_MS = 120_000;
/** All calls here read, or have one key however often they are made. */
const REPEATED = { safeToRepeat: true };

const root = need('[data-order]');
const orderId = root.dataset.order ?? '';
const checkAgain = need('[data-check-again]');
const cancelButton = need('[data-cancel]');

checkAgain.addEventListener('click', () => void follow());
cancelButton.addEventListener('click', () => void cancel());
void follow();

/** Asks for the order's status until it is final, less and less often, and not for ever. */
async function follow(): Promise<void> {
  if (isWorking(checkAgain)) return;
  setWorking(checkAgain, true);
  checkAgain.hidden = true;
  showProblem('');
  const stopAtMs = Date.now() + PATIENCE_MS;
  for (let polls = 1; ; polls += 1) {
    const { isOver, asked } = await ask();
    const delayMs = backoffMs(POLLS, polls, Math.random(), asked);
    if (isOver || Date.now() + delayMs > stopAtMs) break;
    await wait(delayMs);
  }
  setWorking(checkAgain, false);
  if (root.dataset.shownStatus === 'processing' && need('[data-problem]').textContent === '') {
    showProblem(texts.orderTakesLong);
    checkAgain.hidden = false;
  }
}

/** @returns whether there is nothing more to ask for, and how long the server wants to be left alone */
async function ask(): Promise<{ isOver: boolean; asked?: AskedDelay | undefined }> {
  const answer = await getOrderStatus({ ...ownHost, query: { orderId } });
  const { data, error, response } = answer;
  if (data !== undefined) {
    await show(data.status);
    return { isOver: data.finalized };
  }
  const status = response?.status ?? 0;
  if (status !== 401 && status !== 403 && status !== 404) {
    return { isOver: false, asked: askedDelay(answer, Date.now()) };
  }
  const unknown = problemCode(error) === 'order_not_found';
  showProblem(unknown ? texts.orderUnknown : texts.orderNotYours);
  need('[data-title]').textContent = texts.yourOrder;
  need('[data-detail]').textContent = '';
  cancelButton.hidden = true;
  return { isOver: true };
}

/** The one place that shows a status, and only ever one that the server has answered. */
async function show(status: OrderStatus): Promise<void> {
  const { tone, title, detail } = statusText(status, root.dataset.shopName ?? '', language);
  const unpaid = status === 'processing' ? unpaidCheckout() : undefined;
  cancelButton.hidden = unpaid === undefined;
  need('[data-back-to-payment]').hidden = unpaid === undefined;
  need('[data-keep-shopping]').hidden = status === 'processing';
  if (root.dataset.shownStatus !== status) {
    root.dataset.shownStatus = status;
    document.title = `${title} ${document.title.slice(document.title.indexOf('·'))}`;
    need('[data-title]').textContent = title;
    need('[data-detail]').textContent = detail;
    for (const sign of document.querySelectorAll<HTMLElement>('[data-tone]')) {
      sign.hidden = sign.dataset.tone !== tone;
    }
  }
  if (status === 'confirmed') await emptyBoughtCart();
  if (status !== 'processing' && openCheckout() !== undefined) forgetOpenCheckout(sessionStorage);
}

/** After the order is confirmed: the cart is emptied, if it is still the one that was bought. */
async function emptyBoughtCart(): Promise<void> {
  const boughtId = readBoughtCart(localStorage, orderId);
  if (boughtId === undefined) return;
  const { data: cart } = await withRetries(() => getCart(ownHost), REPEATED);
  if (cart === undefined) return;
  if (cart.cartId === boughtId) {
    const { response } = await withRetries(() => clearCart(ownHost), REPEATED);
    if (!response?.ok) return;
    showCartUnits(0);
  }
  forgetBoughtCart(localStorage, orderId);
}

async function cancel(): Promise<void> {
  const checkout = openCheckout();
  if (checkout === undefined || isWorking(cancelButton)) return;
  setWorking(cancelButton, true);
  const { checkoutSessionId } = checkout;
  const headers = { 'Idempotency-Key': newKey() };
  const { data } = await withRetries(
    () => cancelCheckoutSession({ ...ownHost, path: { checkoutSessionId }, headers, body: {} }),
    REPEATED,
  );
  setWorking(cancelButton, false);
  // Where the payment came first, the answer is not `cancelled`: it is shown as it is.
  if (data !== undefined) await show(data.status);
  else showProblem(texts.orderNotCancelled);
}

function openCheckout(): OpenCheckout | undefined {
  const checkout = readOpenCheckout(sessionStorage, new Date());
  return checkout?.orderId === orderId ? checkout : undefined;
}

function unpaidCheckout(): OpenCheckout | undefined {
  const checkout = openCheckout();
  return checkout?.submitted ? undefined : checkout;
}

function showProblem(text: string): void {
  need('[data-problem]').replaceChildren(
    ...(text === '' ? [] : [make('p', text, { class: 'notice' })]),
  );
}
