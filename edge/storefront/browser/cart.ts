import { type CallAnswer, withRetries } from '@commerce/contracts/vocabulary/retry.ts';
import { clearCart, updateCartLine } from '@commerce/generated/public-v1/client/sdk.gen.ts';
import type {
  Cart,
  UpdateCartLineRequest,
} from '@commerce/generated/public-v1/client/types.gen.ts';
import { fetchCartPage } from './cart-page.ts';
import { make, need, showCartUnits } from './dom.ts';
import { problemText } from './problem-text.ts';
import { ownHost } from './public-api.ts';
import { showStockOfLines } from './show-stock.ts';
import { enableSteppers } from './stepper.ts';
import { texts } from './this-page.ts';

const cart = need('[data-cart]');
/** Calls go one after another, so that each starts from the cookie that the one before has set. */
let queue: Promise<void> = Promise.resolve();

enableSteppers(cart);
showStock();
cart.addEventListener('change', (event) => {
  const input = event.target as HTMLInputElement;
  const row = input.closest<HTMLElement>('[data-line]');
  if (row === null || input.name !== 'quantity' || !input.reportValidity()) return;
  const quantity = Number(input.value);
  change(row, quantity, texts.quantityNow(row.dataset.name ?? '', quantity));
});
cart.addEventListener('click', (event) => {
  const target = event.target as Element;
  const row = target.closest<HTMLElement>('[data-line]');
  if (row !== null && target.closest('[data-remove]'))
    change(row, 0, texts.removed(row.dataset.name ?? ''));
  if (target.closest('[data-clear]')) enqueue(() => clearCart(ownHost), texts.cartEmptied);
});

function change(row: HTMLElement, quantity: number, said: string): void {
  const line = JSON.parse(row.dataset.line ?? '{}') as UpdateCartLineRequest;
  enqueue(() => updateCartLine({ ...ownHost, body: { ...line, quantity } }), said);
}

function enqueue(
  call: () => Promise<CallAnswer & { data?: Cart | undefined }>,
  said: string,
): void {
  queue = queue.then(async () => {
    const problem = need('[data-problem]');
    // A quantity is set and a line is taken away: twice is once.
    const { data, error } = await withRetries(call, {
      safeToRepeat: true,
      onWait: () => problem.replaceChildren(make('p', texts.stillTrying, { class: 'notice' })),
    }).catch((error: unknown) => ({ data: undefined, error }));
    if (data === undefined) {
      const { title, detail } = problemText(error, new Map(), texts);
      problem.replaceChildren(
        make('p', [make('strong', title), ' ', detail], { class: 'notice problem' }),
      );
    } else {
      problem.replaceChildren();
      need('[data-status]').textContent = said;
      showCartUnits(data.lines.reduce((sum, line) => sum + line.quantity, 0));
    }
    await redraw();
  });
}

/** The server renders the cart, with its prices: so the page takes the new one from there, and keeps the focus. */
async function redraw(): Promise<void> {
  const { response } = await withRetries(fetchCartPage, { safeToRepeat: true });
  if (!response?.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  const focused = focusPath();
  cart.replaceChildren(...need('[data-cart]', page).childNodes);
  showStock();
  if (focused !== undefined) {
    const again = cart.querySelector<HTMLElement>(focused);
    (again ?? need('#main')).focus();
  }
}

/** Whatever there is, the cart takes any quantity: this is a hint beside it. */
function showStock(): void {
  void showStockOfLines([...cart.querySelectorAll<HTMLElement>('[data-line]')]);
}

/** A selector that finds the focused control again after the cart was drawn anew. */
function focusPath(): string | undefined {
  const focused = document.activeElement;
  if (!(focused instanceof HTMLElement) || !cart.contains(focused)) return undefined;
  if (focused.id !== '') return `#${focused.id}`;
  const label = focused.getAttribute('aria-label');
  return label === null ? '[data-clear]' : `[aria-label=${JSON.stringify(label)}]`;
}
