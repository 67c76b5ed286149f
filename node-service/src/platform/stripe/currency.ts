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

/** How many of Stripe's units so many ISO minor units are, as a fraction of whole numbers. */
function rate(currency: string): { readonly stripe: number; readonly iso: number } {
  const digits =
    (STRIPE_EXPONENT[currency] ?? currencyExponent(currency)) - currencyExponent(currency);
  return { stripe: 10 ** Math.max(digits, 0), iso: 10 ** Math.max(-digits, 0) };
}

/** ISO minor units to Stripe's. @throws RangeError where Stripe has no such amount. */
export function toStripeAmount(minor: number, currency: string): number {
  const { stripe, iso } = rate(currency);
  const amount = (minor * stripe) / iso;
  const exact = Number.isSafeInteger(amount) && amount >= 0 && amount <= MAX_STRIPE_AMOUNT;
  if (!exact || (LAST_DIGIT_ZERO.has(currency) && amount % 10 !== 0)) {
    throw new RangeError(`${minor} minor units of ${currency} cannot be charged`);
  }
  return amount;
}

/** Stripe's units to ISO minor units. @throws RangeError where the amount is not a whole number of them. */
export function fromStripeAmount(amount: number, currency: string): number {
  const { stripe, iso } = rate(currency);
  const minor = (amount * iso) / stripe;
  if (!Number.isSafeInteger(minor))
    throw new RangeError(`${amount} of Stripe's units is no amount of ${currency}`);
  return minor;
}
