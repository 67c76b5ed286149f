import { formatMinor } from '@commerce/contracts/vocabulary/money.ts';
import type { Amounts } from '@commerce/generated/public-v1/client/types.gen.ts';
import { make, need } from './dom.ts';
import { problemText, shortItems } from './problem-text.ts';
import { showHint } from './show-stock.ts';
import { stockHint } from './stock-hint.ts';
import { link, locale, texts } from './this-page.ts';

/** Says what happens while the buyer waits, to those who hear the page as well. */
export function showWaiting(text: string): void {
  need('[data-status]').textContent = text;
}

/**
 * Shows a problem, or takes the last one away.
 * @param problem a problem document, `{ message }` in words for the buyer, or undefined
 * @param retryLabel what the start button says from now on
 */
export function showProblem(problem: unknown, retryLabel?: string): void {
  const place = need('[data-problem]');
  need('[data-status]').textContent = '';
  showShortLines(problem);
  if (retryLabel !== undefined) need('[data-start] button[type=submit]').textContent = retryLabel;
  if (problem === undefined) {
    place.replaceChildren();
    return;
  }
  const { title, detail, items } = hasMessage(problem)
    ? { title: problem.message, detail: '', items: [] }
    : problemText(problem, variantNames(), texts);
  const list = make(
    'ul',
    items.map((item) => make('li', item)),
  );
  const parts = [
    make('strong', title),
    ...(items.length > 0 ? [list] : []),
    ...(detail === '' ? [] : [make('p', detail)]),
  ];
  const change = make('a', texts.changeCart, { href: link('/cart') });
  place.replaceChildren(
    make('div', items.length > 0 ? [...parts, change] : parts, { class: 'notice problem' }),
  );
  place.focus();
}

/** What the order comes to, once the server has said so; zero amounts are left out. */
export function showTotals(amounts: Amounts): void {
  const { currency, subtotal, discount, shipping, tax, deposit, total } = amounts;
  const row = (name: string, amount: number, kind = '') =>
    make('div', [make('dt', name), make('dd', formatMinor(amount, currency, locale))], {
      class: `tabular ${kind}`,
    });
  const optional: [string, number][] = [
    [texts.discount, -discount],
    [texts.delivery, shipping],
    [texts.tax, tax],
    [texts.deposit, deposit],
  ];
  need('[data-totals]').replaceChildren(
    row(texts.subtotal, subtotal),
    ...optional.filter(([, amount]) => amount !== 0).map(([name, amount]) => row(name, amount)),
    row(texts.total, total, 'sum'),
  );
  need('[data-totals-note]').hidden = true;
}

/** From the details to the payment. */
export function showPayment(amounts: Amounts): void {
  const sum = formatMinor(amounts.total, amounts.currency, locale);
  need('[data-pay-label]').textContent = texts.paySum(sum);
  need('[data-start]').hidden = true;
  need('[data-pay]').hidden = false;
  need('[data-status]').textContent = texts.itemsKept(sum);
  need('#payment-title').focus();
}

/** Back from the payment to the details. */
export function showDetails(): void {
  need('[data-start]').hidden = false;
  need('[data-pay]').hidden = true;
}

/** Says at each line of the order that is short, what there is of it; and at no other. */
function showShortLines(problem: unknown): void {
  const short = new Map(shortItems(problem).map((item) => [item.variantKey, item]));
  for (const row of document.querySelectorAll<HTMLElement>('[data-variant-key]')) {
    const item = short.get(row.dataset.variantKey ?? '');
    const known = item && {
      variantKey: item.variantKey,
      available: item.available,
      status: item.available === 0 ? ('out_of_stock' as const) : ('low_stock' as const),
    };
    showHint(row, stockHint(known, item?.requested ?? 0, texts));
  }
}

function variantNames(): Map<string, string> {
  const rows = document.querySelectorAll<HTMLElement>('[data-variant-key]');
  return new Map([...rows].map((row) => [row.dataset.variantKey ?? '', row.dataset.name ?? '']));
}

function hasMessage(problem: unknown): problem is { message: string } {
  return typeof problem === 'object' && problem !== null && 'message' in problem;
}
