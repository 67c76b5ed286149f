import { withRetries } from '@commerce/contracts/vocabulary/retry.ts';
import { fetchCartPage } from './cart-page.ts';
import { make, need } from './dom.ts';
import { showStockOfLines } from './show-stock.ts';
import { texts } from './this-page.ts';

const miniCart = need<HTMLDetailsElement>('[data-mini-cart]');
const list = need('[data-mini-lines]', miniCart);

miniCart.addEventListener('toggle', () => {
  if (miniCart.open) void fill();
});
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || !miniCart.open) return;
  miniCart.open = false;
  need('summary', miniCart).focus();
});
document.addEventListener('click', (event) => {
  if (!miniCart.contains(event.target as Node)) miniCart.open = false;
});

/** The lines as the server prices them on the cart's page, shorter; then what there is of each. */
async function fill(): Promise<void> {
  const { response } = await withRetries(fetchCartPage, { safeToRepeat: true });
  if (!response?.ok) {
    list.replaceChildren(make('li', texts.linesNotShown));
    return;
  }
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  const lines = [...page.querySelectorAll<HTMLElement>('[data-line]')].map(shortLine);
  list.replaceChildren(...lines);
  await showStockOfLines(lines);
}

function shortLine(line: HTMLElement): HTMLElement {
  const { name = '', detail = '', variantKey = '', line: reference = '{}' } = line.dataset;
  const { quantity = 0 } = JSON.parse(reference) as { quantity?: number };
  const total = line.querySelector('.line-total')?.textContent?.trim() ?? '';
  const parts = [
    make('p', [make('strong', name), ` × ${quantity}`]),
    make('p', total, { class: 'tabular' }),
    ...(detail === '' ? [] : [make('p', detail, { class: 'small muted' })]),
    make('p', '', { class: 'stock-hint', 'data-stock-hint': '' }),
  ];
  return make('li', parts, { 'data-variant-key': variantKey, 'data-line': reference });
}
