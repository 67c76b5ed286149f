import { CURRENCIES, currencyExponent } from '@commerce/contracts/vocabulary/money.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromStripeAmount, toStripeAmount } from './currency.ts';

/** Digits after the point, as Stripe's documentation has them where it differs from ISO 4217. */
const STRIPE_DIGITS: Readonly<Record<string, number>> = { ISK: 2, UGX: 2, MGA: 0 };

describe('amounts on their way to Stripe and back', () => {
  test.each([
    ['EUR', 1_999, 1_999, 'two digits on both sides'],
    ['JPY', 500, 500, 'no digits on both sides'],
    ['ISK', 500, 50_000, 'none by ISO, two at Stripe'],
    ['UGX', 3_000, 300_000, 'none by ISO, two at Stripe'],
    ['MGA', 2_900, 29, 'two by ISO, none at Stripe'],
    ['KWD', 1_230, 1_230, 'three on both sides, the last one zero'],
    ['HUF', 12_345, 12_345, 'two on both sides'],
    ['KRW', 10_000, 10_000, 'no digits on both sides'],
  ])('%s %i is %i: %s', (currency, minor, stripe) => {
    expect(toStripeAmount(minor, currency)).toBe(stripe);
    expect(fromStripeAmount(stripe, currency)).toBe(minor);
  });

  test.each([
    ['KWD', 1_234, 'a last digit that Stripe does not take'],
    ['MGA', 2_950, 'a fraction of the whole units that Stripe counts'],
    ['EUR', 100_000_000, 'more digits than Stripe takes'],
    ['ISK', 1_000_000, 'more digits than Stripe takes, once converted'],
    ['EUR', 0.5, 'a fraction'],
    ['EUR', -1, 'less than nothing'],
    ['EUR', Number.NaN, 'no number'],
    ['XXX', 100, 'no currency'],
  ])('%s %d is refused: %s', (currency, minor) => {
    expect(() => toStripeAmount(minor, currency)).toThrow(RangeError);
  });

  test.each([
    ['ISK', 50_050],
    ['UGX', 1],
    ['EUR', 0.5],
  ])('%s %d of Stripe is refused: no whole number of minor units', (currency, amount) => {
    expect(() => fromStripeAmount(amount, currency)).toThrow(RangeError);
  });

  test('what can be charged comes back as it went, in every currency', () => {
    const anyAmount = fc.integer({ min: 0, max: 999_999 });
    fc.assert(
      fc.property(fc.constantFrom(...CURRENCIES), anyAmount, (currency, major) => {
        // A multiple of 100 is a whole number of units however the two count.
        const minor = major * 100;
        const stripe = tryToStripe(minor, currency);
        if (stripe === undefined) return;
        const digits = STRIPE_DIGITS[currency] ?? currencyExponent(currency);
        expect(BigInt(stripe) * 10n ** BigInt(currencyExponent(currency))).toBe(
          BigInt(minor) * 10n ** BigInt(digits),
        );
        expect(fromStripeAmount(stripe, currency)).toBe(minor);
      }),
      { numRuns: 2_000 },
    );
  });
});

function tryToStripe(minor: number, currency: string): number | undefined {
  try {
    return toStripeAmount(minor, currency);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
