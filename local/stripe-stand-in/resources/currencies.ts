import { invalidRequest } from '../api/api-error.ts';

/** Every currency Stripe takes payments in, as its currencies page lists them. */
export const currencies: ReadonlySet<string> = new Set(
  `usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd
   cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd
   hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad
   mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln
   pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs
   uah ugx uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw`.split(/\s+/),
);

const ZERO_DECIMAL = new Set(
  'bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '),
);
const THREE_DECIMAL = new Set('bhd jod kwd omr tnd'.split(' '));
/** Two decimals on Stripe's wire for backwards compatibility, though the currency itself has none. */
const WHOLE_UNITS_IN_HUNDREDTHS = new Set('isk ugx'.split(' '));

/** The least amount Stripe charges, in minor units, where it settles in that currency. */
const MINIMUM_AMOUNTS: ReadonlyMap<string, number> = new Map([
  ['usd', 50],
  ['aed', 200],
  ['aud', 50],
  ['bgn', 100],
  ['brl', 50],
  ['cad', 50],
  ['chf', 50],
  ['czk', 1500],
  ['dkk', 250],
  ['eur', 50],
  ['gbp', 30],
  ['hkd', 400],
  ['huf', 17500],
  ['inr', 50],
  ['jpy', 50],
  ['mxn', 1000],
  ['myr', 200],
  ['nok', 300],
  ['nzd', 50],
  ['pln', 200],
  ['ron', 200],
  ['sek', 300],
  ['sgd', 50],
  ['thb', 1000],
]);

/** Amounts have at most eight digits. */
export const MAX_AMOUNT = 99_999_999;

/**
 * Refuses an amount that Stripe cannot charge in its currency: a fraction of a unit that the
 * currency does not have. `amount` is in Stripe's minor units.
 */
export function checkAmountFitsCurrency(amount: number, currency: string, param: string): void {
  const step = WHOLE_UNITS_IN_HUNDREDTHS.has(currency) ? 100 : THREE_DECIMAL.has(currency) ? 10 : 1;
  if (amount % step === 0) return;
  throw invalidRequest(
    `Invalid amount: ${amount} ${currency}. Amounts in ${currency} must be a multiple of ${step}.`,
    { param },
  );
}

/** Refuses a total that is above eight digits, or above zero and below the currency's minimum. */
export function checkTotalAmount(total: number, currency: string): void {
  if (total > MAX_AMOUNT) {
    const limit = formatAmount(MAX_AMOUNT, currency);
    throw invalidRequest(`The Checkout Session's total amount due must be no more than ${limit}.`, {
      code: 'amount_too_large',
    });
  }
  const minimum = MINIMUM_AMOUNTS.get(currency) ?? 1;
  if (total > 0 && total < minimum) {
    const limit = formatAmount(minimum, currency);
    throw invalidRequest(
      `The Checkout Session's total amount due must add up to at least ${limit}`,
      { code: 'amount_too_small' },
    );
  }
}

/** `0.50 EUR` for 50 and `eur`. */
export function formatAmount(amount: number, currency: string): string {
  const decimals = ZERO_DECIMAL.has(currency) ? 0 : THREE_DECIMAL.has(currency) ? 3 : 2;
  return `${(amount / 10 ** decimals).toFixed(decimals)} ${currency.toUpperCase()}`;
}
