/**
 * Money is an integer of minor units and an ISO 4217 code, on every wire and in every table.
 * Stripe's own exceptions to ISO 4217 are no concern of this module.
 */

/** `amount` is a safe integer of the currency's minor units (cents, yen, fils). */
export type Money = { amount: number; currency: string };

/** How many decimal digits separate the major from the minor unit. */
export type CurrencyExponent = 0 | 2 | 3 | 4;

/** Every active code of ISO 4217 that has a minor unit: metals, test codes and the like have none. */
const CODES_BY_EXPONENT: Readonly<Record<CurrencyExponent, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  2: `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE
    CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD
    HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK
    MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD
    RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH
    USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG`,
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
};

const EXPONENT_BY_CODE: ReadonlyMap<string, CurrencyExponent> = new Map(
  ([0, 2, 3, 4] as const).flatMap((exponent) =>
    CODES_BY_EXPONENT[exponent].split(/\s+/).map((code) => [code, exponent] as const),
  ),
);

/** Every code that this module knows, sorted. */
export const CURRENCIES: readonly string[] = [...EXPONENT_BY_CODE.keys()].sort();

export function isCurrency(value: string): boolean {
  return EXPONENT_BY_CODE.has(value);
}

/** Throws a RangeError for a code that ISO 4217 does not list, or not in upper case. */
export function currencyExponent(currency: string): CurrencyExponent {
  const exponent = EXPONENT_BY_CODE.get(currency);
  if (exponent === undefined) {
    throw new RangeError(`currency: ${JSON.stringify(currency)} is not an active ISO 4217 code`);
  }
  return exponent;
}

/** Throws a RangeError that names the value and the place, unless it is a safe integer. */
export function assertMinorInt(value: unknown, name: string): asserts value is number {
  if (Number.isSafeInteger(value)) return;
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  throw new RangeError(
    `${name}: ${shown} is not an integer of minor units within ±${Number.MAX_SAFE_INTEGER}`,
  );
}

/**
 * `'19.99', 'EUR'` to 1999. Takes plain decimal text alone: no number (it may be rounded already), no
 * exponent, sign `+`, grouping or leading zero, and no more digits than the currency has.
 * Throws a RangeError, or a TypeError for a number.
 */
export function toMinor(inputMajor: string, currency: string): number {
  const exponent = currencyExponent(currency);
  if (typeof inputMajor !== 'string') {
    throw new TypeError(
      `amount: expected decimal text such as "19.99", not a ${typeof inputMajor}`,
    );
  }
  const shown = JSON.stringify(inputMajor.slice(0, 40));
  const match = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?$/.exec(inputMajor);
  if (match === null) throw new RangeError(`amount: ${shown} is not plain decimal text`);
  const [, sign = '', whole = '', fraction = ''] = match;
  if (fraction.length > exponent) {
    throw new RangeError(
      `amount: ${shown} has ${fraction.length} decimals, ${currency} has ${exponent}`,
    );
  }
  const minor = Number(whole + fraction.padEnd(exponent, '0'));
  assertMinorInt(minor, `amount: ${shown} ${currency}`);
  return sign === '-' && minor !== 0 ? -minor : minor;
}

/** `1999, 'EUR'` to `'19.99'`: always as many decimals as the currency has. The inverse of `toMinor`. */
export function fromMinor(minor: number, currency: string): string {
  const exponent = currencyExponent(currency);
  assertMinorInt(minor, `amount in ${currency}`);
  const digits = String(Math.abs(minor)).padStart(exponent + 1, '0');
  const sign = minor < 0 ? '-' : '';
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/**
 * What a person reads, such as `€19.99` or `19,99 €`. `locale` is a BCP 47 tag; an invalid one throws a
 * RangeError.
 */
export function formatMinor(minor: number, currency: string, locale: string): string {
  const exponent = currencyExponent(currency);
  const format = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    // The locale data of an engine disagrees with ISO 4217 for some currencies (IQD).
    minimumFractionDigits: exponent,
    maximumFractionDigits: exponent,
  });
  // Text, not a number: from about 10^13 euros on, a double no longer holds the cents.
  return format.format(fromMinor(minor, currency) as `${number}`);
}
