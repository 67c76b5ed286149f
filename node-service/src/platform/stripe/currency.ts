/**
 * Stripe counts some currencies otherwise than ISO 4217. The platform's amounts are ISO minor units; they are
 * converted here, on the way to Stripe and back, and nowhere else.
 */
import { currencyExponent } from '@commerce/contracts/vocabulary/money.ts';

/** Where Stripe's number of decimal digits is not ISO's: these it takes as two-decimal, whole units only. */
const STRIPE_EXPONENT: Readonly<Record<string, number>> = { ISK: 2, UGX: 2, MGA: 0 };

/** Stripe wants the last digit of a three-decimal amount to be zero. */
const LAST_DIGIT_ZERO: ReadonlySet<string> = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND']);

const MAX_STRIPE_AMOUNT = 99_999_999;

function scale(currency: string): number {
  return (STRIPE_EXPONENT[currency] ?? currencyExponent(currency)) - currencyExponent(currency);
}

/** ISO minor units to Stripe's. @throws RangeError where Stripe has no such amount. */
export function toStripeAmount(minor: number, currency: string): number {
  const amount = minor * 10 ** scale(currency);
  const exact = Number.isSafeInteger(amount) && amount <= MAX_STRIPE_AMOUNT;
  if (!exact || (LAST_DIGIT_ZERO.has(currency) && amount % 10 !== 0)) {
    throw new RangeError(`${minor} minor units of ${currency} cannot be charged`);
  }
  return amount;
}

/** Stripe's units to ISO minor units. @throws RangeError where the amount is not a whole number of them. */
export function fromStripeAmount(amount: number, currency: string): number {
  const minor = amount / 10 ** scale(currency);
  if (!Number.isSafeInteger(minor))
    throw new RangeError(`${amount} of Stripe's units is no amount of ${currency}`);
  return minor;
}
