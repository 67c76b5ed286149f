import { describe, expect, it } from 'vitest';
import { deliveryPlaces } from './delivery.ts';

const rate = (rateId: string, amount: number, countries: string[]) => ({
  rateId,
  name: rateId,
  amount: { amount, currency: 'EUR' },
  countries,
});
const STANDARD = rate('standard', 490, ['NL', 'IE', 'DE']);
const EXPRESS = rate('express', 1290, ['DE']);
const PIGEON = rate('pigeon', 100, []);

const tags = (page: string, shop = page, words = page) => ({ page, shop, words });

describe('where a shop delivers', () => {
  it('is each country that a rate names, called as in the page’s language and in that order', () => {
    const names = (locale: string) =>
      deliveryPlaces([STANDARD], tags(locale)).map(({ name }) => name);
    expect(names('en-IE')).toEqual(['Germany', 'Ireland', 'Netherlands']);
    expect(names('de-DE')).toEqual(['Deutschland', 'Irland', 'Niederlande']);
    const [first] = deliveryPlaces([STANDARD], tags('fr-FR', 'fr-FR', 'en'));
    expect(first?.name).toBe('Germany');
  });

  it('begins with the page’s country, else the shop’s own, else the first that a rate names', () => {
    const chosen = (page: string, shop?: string) =>
      deliveryPlaces([STANDARD, EXPRESS], tags(page, shop))
        .filter((place) => place.chosen)
        .map(({ country }) => country);
    expect(chosen('en-IE')).toEqual(['IE']);
    expect(chosen('en-US')).toEqual(['NL']);
    expect(chosen('en')).toEqual(['NL']);
    expect(chosen('de-DE', 'en-IE')).toEqual(['DE']);
    expect(chosen('de-AT', 'en-IE')).toEqual(['IE']);
  });

  it('has the rates that go there, the cheapest first', () => {
    const places = deliveryPlaces([EXPRESS, STANDARD, PIGEON], tags('en-IE'));
    const rates = places.map((place) => [place.country, place.rates.map(({ rateId }) => rateId)]);
    expect(rates).toEqual([
      ['DE', ['pigeon', 'standard', 'express']],
      ['IE', ['pigeon', 'standard']],
      ['NL', ['pigeon', 'standard']],
    ]);
  });

  it('is one place without a name where no rate names a country, and none without rates', () => {
    expect(deliveryPlaces([PIGEON], tags('en-IE'))).toMatchObject([{ name: '', chosen: true }]);
    expect(deliveryPlaces([], tags('en-IE'))).toEqual([]);
  });
});
