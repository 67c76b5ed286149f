import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  assertMinorInt,
  CURRENCIES,
  currencyExponent,
  formatMinor,
  fromMinor,
  isCurrency,
  toMinor,
} from './money.ts';
import vectors from './vectors/money.json' with { type: 'json' };

const minorAmount = fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });

describe('vectors', () => {
  test.each(vectors.converts)('$major $currency is $minor minor units', (vector) => {
    expect(toMinor(vector.major, vector.currency)).toBe(vector.minor);
    expect(fromMinor(vector.minor, vector.currency)).toBe(vector.canonicalMajor ?? vector.major);
  });

  test.each(vectors.refusesMajor)('refuses $major $currency: $why', ({ major, currency }) => {
    expect(() => toMinor(major, currency)).toThrow(RangeError);
  });

  test.each(vectors.refusesMinor)('refuses $minor minor units: $why', ({ minor }) => {
    expect(() => fromMinor(minor, 'EUR')).toThrow(RangeError);
  });
});

describe.each([
  ['JPY', 0],
  ['EUR', 2],
  ['KWD', 3],
  ['CLF', 4],
] as const)('%s, exponent %i', (currency, exponent) => {
  test('has its exponent', () => {
    expect(currencyExponent(currency)).toBe(exponent);
  });

  test('toMinor undoes fromMinor for every safe integer', () => {
    fc.assert(
      fc.property(minorAmount, (minor) => {
        expect(toMinor(fromMinor(minor, currency), currency)).toBe(minor);
      }),
    );
  });

  test('refuses one digit more than it has', () => {
    const tooLong = `1.${'0'.repeat(exponent)}1`;
    expect(() => toMinor(tooLong, currency)).toThrow(`${exponent + 1} decimals`);
  });

  test('shows every digit of the largest amount', () => {
    const shown = formatMinor(Number.MAX_SAFE_INTEGER, currency, 'en');
    expect(shown.replace(/\D/g, '')).toBe(String(Number.MAX_SAFE_INTEGER));
  });
});

test('knows every currency that the engine lists as tender today', () => {
  // Names of historic currencies carry their years; the rest of these left ISO 4217's active list.
  const retired = ['ANG', 'BGN', 'CNH', 'CUC', 'HRK', 'SLL', 'ZWL'];
  const withoutMinorUnit = /^X/;
  const names = new Intl.DisplayNames('en', { type: 'currency' });
  const active = Intl.supportedValuesOf('currency').filter(
    (code) =>
      !/\d{4}|Old |historic/i.test(names.of(code) ?? '') &&
      !withoutMinorUnit.test(code) &&
      !retired.includes(code),
  );
  expect(active.filter((code) => !isCurrency(code))).toEqual([]);
  expect(CURRENCIES.length).toBe(new Set(CURRENCIES).size);
});

test('formats for people in their own way, by ISO 4217 digits whatever the engine says', () => {
  expect(formatMinor(1999, 'EUR', 'en-IE')).toBe('€19.99');
  expect(formatMinor(123_456, 'EUR', 'de-DE')).toBe('1.234,56\u00a0€');
  expect(formatMinor(1999, 'JPY', 'en-US')).toBe('¥1,999');
  expect(formatMinor(-5, 'USD', 'en-US')).toBe('-$0.05');
  expect(formatMinor(1234, 'IQD', 'en-US')).toBe('IQD\u00a01.234');
});

test('refuses a number where decimal text is due', () => {
  expect(() => toMinor(19.99 as unknown as string, 'EUR')).toThrow(TypeError);
});

test.each(['eur', 'EU', 'EURO', 'XAU', 'XXX', '__proto__', ''])('knows no currency %j', (code) => {
  expect(isCurrency(code)).toBe(false);
  expect(() => currencyExponent(code)).toThrow(RangeError);
});

test.each([1.5, Number.NaN, Infinity, 2 ** 53, '1999', null, undefined, 1999n])(
  'assertMinorInt refuses %s and names the place',
  (value) => {
    expect(() => assertMinorInt(value, 'amounts.total')).toThrow(/^amounts\.total: /);
  },
);

test('assertMinorInt lets integers pass, negative and zero too', () => {
  for (const value of [0, -1999, Number.MAX_SAFE_INTEGER]) assertMinorInt(value, 'amount');
});
