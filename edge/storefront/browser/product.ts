import { withRetries } from '@commerce/contracts/vocabulary/retry.ts';
import { addCartLine } from '@commerce/generated/public-v1/client/sdk.gen.ts';
import type { VariantData } from '../pages/variant-data.ts';
import { isWorking, make, need, setWorking, showCartUnits } from './dom.ts';
import { problemText } from './problem-text.ts';
import { ownHost } from './public-api.ts';
import { showHint, stockOf } from './show-stock.ts';
import { enableSteppers } from './stepper.ts';
import { stockHint } from './stock-hint.ts';
import { link, texts } from './this-page.ts';

const form = document.querySelector<HTMLFormElement>('[data-buy]');
// A shop that does not trade shows the product without a form.
if (form !== null) enable(form);

function enable(form: HTMLFormElement): void {
  const variants = JSON.parse(form.dataset.variants ?? '[]') as VariantData[];
  enableSteppers(form);
  let stock: Stock = new Map();
  form.addEventListener('change', () => showChoice(form, variants, stock));
  void stockOf(variants.map(({ variantKey }) => variantKey)).then((known) => {
    stock = known;
    showChoice(form, variants, stock);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void addToCart(form);
  });
}

type Stock = Awaited<ReturnType<typeof stockOf>>;

/** Shows the chosen variant: its price, its colour, whether there is one at all, and what there is of it. */
function showChoice(form: HTMLFormElement, variants: readonly VariantData[], stock: Stock): void {
  const chosen = chosenAttributes(form);
  const variant = variants.find(({ attributes }) =>
    Object.entries(attributes).every(([name, value]) => chosen[name] === value),
  );
  need('[data-price]').textContent = variant?.price ?? texts.notInCombination;
  const wanted = Number(new FormData(form).get('quantity'));
  const known = variant === undefined ? undefined : stock.get(variant.variantKey);
  showHint(form, stockHint(known, wanted, texts));
  const colour = form.querySelector<HTMLInputElement>('[data-colour]:checked')?.dataset.colour;
  if (colour !== undefined) need('.product .art').setAttribute('color', colour);
}

async function addToCart(form: HTMLFormElement): Promise<void> {
  const button = need('button[type=submit]', form);
  if (isWorking(button)) return;
  setWorking(button, true);
  const attributes = chosenAttributes(form);
  const fields = new FormData(form);
  const [from, to] = [fields.get('from'), fields.get('to')];
  const body = {
    sku: form.dataset.sku ?? '',
    quantity: Number(fields.get('quantity')),
    ...(Object.keys(attributes).length === 0 ? {} : { variantAttributes: attributes }),
    ...(from === null || to === null ? {} : { rental: { from: `${from}`, to: `${to}` } }),
  };
  const status = need('[data-status]', form);
  // After a lost answer the units may be in the cart: the buyer looks, rather than the script adds them again.
  const { data, error } = await withRetries(() => addCartLine({ ...ownHost, body }), {
    safeToRepeat: false,
    onWait: () => status.replaceChildren(make('p', texts.stillTrying, { class: 'notice' })),
  });
  setWorking(button, false);
  if (data === undefined) {
    const { title, detail } = problemText(error, new Map(), texts);
    status.replaceChildren(
      make('p', [make('strong', title), ' ', detail], { class: 'notice problem' }),
    );
    return;
  }
  showCartUnits(data.lines.reduce((sum, line) => sum + line.quantity, 0));
  const said = `${texts.inYourCart(form.dataset.name ?? '')} `;
  const toCart = make('a', texts.goToCart, { href: link('/cart') });
  status.replaceChildren(make('p', [said, toCart], { class: 'notice good' }));
}

function chosenAttributes(form: HTMLFormElement): Record<string, string> {
  const checked = form.querySelectorAll<HTMLInputElement>('[data-option]:checked');
  return Object.fromEntries([...checked].map((input) => [input.dataset.option ?? '', input.value]));
}
