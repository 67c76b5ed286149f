import { formatMinor } from '@commerce/contracts/vocabulary/money.ts';
import type { Shipping } from '@commerce/generated/public-v1/client/types.gen.ts';
import type { DeliveryPlace, DeliveryRate } from '../delivery.ts';
import { make, need } from './dom.ts';
import { locale, texts } from './this-page.ts';

/** The delivery that is chosen now; undefined where there is nothing to deliver. */
export function deliveryNow(): Shipping | undefined {
  const place = placeNow();
  const rate = rateNow(place);
  if (place === undefined || rate === undefined) return undefined;
  const { country } = place;
  return { rateId: rate.rateId, ...(country === undefined ? {} : { country }) };
}

/** Chooses a delivery as the buyer would. One that there is no longer changes nothing. */
export function chooseDelivery({ rateId, country }: Shipping): void {
  const place = places().find((candidate) => candidate.country === country);
  if (!place?.rates.some((rate) => rate.rateId === rateId)) return;
  const countries = countryField();
  if (countries !== null && country !== undefined) countries.value = country;
  showRates();
  need<HTMLSelectElement>('#rate').value = rateId;
  showPrice();
}

/** Keeps the rates and the sums with what is chosen, from now on. Nothing where there is nothing to deliver. */
export function followDelivery(): void {
  if (placeNow() === undefined) return;
  countryField()?.addEventListener('change', showRates);
  need('#rate').addEventListener('change', showPrice);
  // A browser that comes back to the page puts the earlier choice in, and says nothing of it.
  addEventListener('pageshow', showRates);
}

/** The rates of the country that is chosen; the rate stays chosen where it goes there, too. */
function showRates(): void {
  const rates = placeNow()?.rates ?? [];
  const field = need<HTMLSelectElement>('#rate');
  const chosen = field.value;
  field.replaceChildren(
    ...rates.map((rate) => make('option', textOf(rate), { value: rate.rateId })),
  );
  if (rates.some(({ rateId }) => rateId === chosen)) field.value = chosen;
  need('[data-rates]').hidden = rates.length < 2;
  showPrice();
}

function showPrice(): void {
  const place = placeNow();
  const rate = rateNow(place);
  if (place === undefined || rate === undefined) return;
  const hint = need('[data-delivery-hint]');
  const text = texts.deliveryIs(textOf(rate));
  // Where there are several, the field itself says it.
  hint.hidden = place.rates.length > 1;
  // The same words again would be read out again.
  if (hint.textContent !== text) hint.textContent = text;
  const delivery = document.querySelector<HTMLElement>('[data-total=delivery]');
  const sum = document.querySelector<HTMLElement>('[data-total=before-tax]');
  // Once the server has said what the order comes to, these rows are gone.
  if (delivery === null || sum === null) return;
  const others = Number(sum.dataset.amount) - Number(delivery.dataset.amount);
  showAmount(delivery, rate.amount.amount, rate.amount.currency);
  showAmount(sum, others + rate.amount.amount, rate.amount.currency);
}

function showAmount(place: HTMLElement, amountMinor: number, currency: string): void {
  place.dataset.amount = String(amountMinor);
  place.replaceChildren(
    make('span', formatMinor(amountMinor, currency, locale), { class: 'tabular' }),
  );
}

function placeNow(): DeliveryPlace | undefined {
  const country = countryField()?.value;
  return places().find((place) => place.country === country);
}

function rateNow(place: DeliveryPlace | undefined): DeliveryRate | undefined {
  if (place === undefined) return undefined;
  const { value } = need<HTMLSelectElement>('#rate');
  return place.rates.find(({ rateId }) => rateId === value) ?? place.rates[0];
}

function places(): DeliveryPlace[] {
  const root = document.querySelector<HTMLElement>('[data-delivery]');
  return JSON.parse(root?.dataset.delivery ?? '[]') as DeliveryPlace[];
}

function countryField(): HTMLSelectElement | null {
  return document.querySelector<HTMLSelectElement>('#country');
}

function textOf({ name, amount }: DeliveryRate): string {
  return `${name}, ${formatMinor(amount.amount, amount.currency, locale)}`;
}
