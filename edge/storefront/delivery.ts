import type { ShippingRate } from '@commerce/generated/node-v1/client/types.gen.ts';

/** A country that a shop delivers to, and how. */
export type DeliveryPlace = {
  /** ISO 3166-1 alpha-2; absent where the shop's rates name no country at all. */
  country?: string;
  /** In the language of the page; empty without a country. */
  name: string;
  /** At least one, the cheapest first. */
  rates: DeliveryRate[];
  /** Chosen until the buyer says otherwise. Exactly one place is. */
  chosen: boolean;
};

export type DeliveryRate = Pick<ShippingRate, 'rateId' | 'name' | 'amount'>;

/** BCP 47 tags. */
export type DeliveryLocales = {
  /** Whose country the buyer is probably in. */
  page: string;
  /** Whose country the shop is in. */
  shop: string;
  /** The language of the page's words. */
  words: string;
};

/**
 * Where a shop delivers, by name. Chosen first is the country of the page's locale, or else the shop's own, or else
 * the first that the rates name. A rate without countries goes to each of the others' countries, too.
 */
export function deliveryPlaces(
  rates: readonly ShippingRate[],
  locales: DeliveryLocales,
): DeliveryPlace[] {
  if (rates.length === 0) return [];
  const countries = [...new Set(rates.flatMap((rate) => rate.countries))];
  if (countries.length === 0) {
    return [{ name: '', rates: cheapestFirst(rates), chosen: true }];
  }
  const regions = [locales.page, locales.shop].map((tag) => new Intl.Locale(tag).region);
  const likely = regions.find((region) => region !== undefined && countries.includes(region));
  const first = likely ?? countries[0];
  const names = new Intl.DisplayNames([locales.words], { type: 'region' });
  const places = countries.map((country) => ({
    country,
    name: names.of(country) ?? country,
    rates: cheapestFirst(rates.filter((rate) => goesTo(rate, country))),
    chosen: country === first,
  }));
  return places.sort((a, b) => a.name.localeCompare(b.name, locales.words));
}

function goesTo({ countries }: ShippingRate, country: string): boolean {
  return countries.length === 0 || countries.includes(country);
}

function cheapestFirst(rates: readonly ShippingRate[]): DeliveryRate[] {
  return rates
    .map(({ rateId, name, amount }) => ({ rateId, name, amount }))
    .sort((a, b) => a.amount.amount - b.amount.amount);
}
