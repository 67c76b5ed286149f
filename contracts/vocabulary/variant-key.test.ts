import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isVariantKeyV1, parseVariantKeyV1, VariantKeyError, variantKeyV1 } from './variant-key.ts';
import vectors from './vectors/variant-key.json' with { type: 'json' };

type Parts = { sku: string; attributes: Record<string, string> };

describe('vectors', () => {
  test.each(vectors.keys)('$key', (vector) => {
    const { sku, attributes } = vector as Parts;
    const canonical = vector.canonical ?? vector;
    expect(variantKeyV1(sku, attributes)).toBe(vector.key);
    expect(parseVariantKeyV1(vector.key)).toEqual({
      sku: canonical.sku,
      attributes: canonical.attributes,
    });
  });

  test.each(vectors.refusesParts)('refuses $why', ({ sku, attributes }) => {
    expect(() => variantKeyV1(sku, attributes as Record<string, string>)).toThrow(VariantKeyError);
  });

  test.each(vectors.refusesKey)('refuses the key $key: $why', ({ key }) => {
    expect(() => parseVariantKeyV1(key)).toThrow(VariantKeyError);
    expect(isVariantKeyV1(key)).toBe(false);
  });
});

/** Any text at all, with the characters that mean something in a key more likely than others. */
const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom(..."?&=%:+ aAbBzZ019-._~!'()*/#"),
    fc.constantFrom('é', 'e\u0301', 'ß', 'İ', 'Σ', 'ς', '\u212a', '\u00a0', '\u{1f455}'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  minLength: 1,
  maxLength: 8,
});
const anyParts = fc
  .record({ sku: anyText, attributes: fc.dictionary(anyText, anyText, { maxKeys: 4 }) })
  .filter(({ sku, attributes }) => isAccepted(sku, attributes));

function isAccepted(sku: string, attributes: Record<string, string>): boolean {
  try {
    variantKeyV1(sku, attributes);
    return true;
  } catch (error) {
    if (error instanceof VariantKeyError) return false;
    throw error;
  }
}

/** The definition of sameness, written without any encoding. */
function normalForm({ sku, attributes }: Parts): string {
  const normal = (text: string) => text.normalize('NFC').toLowerCase().normalize('NFC').trim();
  const pairs = Object.entries(attributes).map(([name, value]) => [normal(name), normal(value)]);
  return JSON.stringify([normal(sku), pairs.map((pair) => JSON.stringify(pair)).sort()]);
}

describe('properties', () => {
  test('a key is plain ASCII and parses to parts that give it again', () => {
    fc.assert(
      fc.property(anyParts, ({ sku, attributes }) => {
        const key = variantKeyV1(sku, attributes);
        expect(key).toMatch(/^v1:[A-Za-z0-9\-._~%]+(\?[A-Za-z0-9\-._~%=&]+)?$/);
        const parsed = parseVariantKeyV1(key);
        expect(variantKeyV1(parsed.sku, parsed.attributes)).toBe(key);
      }),
      { numRuns: 1000 },
    );
  });

  test('two variants share a key exactly when their normal forms are equal', () => {
    fc.assert(
      fc.property(anyParts, anyParts, (one, other) => {
        const sameKey =
          variantKeyV1(one.sku, one.attributes) === variantKeyV1(other.sku, other.attributes);
        expect(sameKey).toBe(normalForm(one) === normalForm(other));
      }),
      { numRuns: 1000 },
    );
  });

  test('never collides in a small world where every text is made of separators', () => {
    const word = fc.string({
      unit: fc.constantFrom('a', '=', '&', '?', '%'),
      minLength: 1,
      maxLength: 3,
    });
    const world = fc.record({ sku: word, attributes: fc.dictionary(word, word, { maxKeys: 2 }) });
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(world, (one) => {
        const key = variantKeyV1(one.sku, one.attributes);
        expect(seen.get(key) ?? normalForm(one)).toBe(normalForm(one));
        seen.set(key, normalForm(one));
      }),
      { numRuns: 3000 },
    );
  });

  test('the order of attributes does not matter', () => {
    fc.assert(
      fc.property(anyParts, ({ sku, attributes }) => {
        const reversed = Object.fromEntries(Object.entries(attributes).reverse());
        expect(variantKeyV1(sku, reversed)).toBe(variantKeyV1(sku, attributes));
      }),
    );
  });

  test('upper or lower case does not matter', () => {
    // Letters whose upper case comes back as themselves: ß becomes SS, which is another word.
    const letter = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 1 })
      .filter((text) => text === text.toLowerCase() && text.toUpperCase().toLowerCase() === text)
      .filter((text) => !/[σς]/.test(text));
    const word = fc.string({ unit: letter, minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(word, word, word, (sku, name, value) => {
        fc.pre(isAccepted(sku, { [name]: value }));
        expect(variantKeyV1(sku.toUpperCase(), { [name.toUpperCase()]: value.toUpperCase() })).toBe(
          variantKeyV1(sku, { [name]: value }),
        );
      }),
    );
  });

  test('the Unicode form does not matter', () => {
    fc.assert(
      fc.property(anyParts, ({ sku, attributes }) => {
        const decomposed = Object.entries(attributes).map(
          ([name, value]) => [name.normalize('NFD'), value.normalize('NFD')] as const,
        );
        expect(variantKeyV1(sku.normalize('NFD'), Object.fromEntries(decomposed))).toBe(
          variantKeyV1(sku, attributes),
        );
      }),
    );
  });

  test('any text at all is either exactly a key or refused by name', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const key = `v1:${text}`;
        if (!isVariantKeyV1(key)) return;
        const { sku, attributes } = parseVariantKeyV1(key);
        expect(variantKeyV1(sku, attributes)).toBe(key);
      }),
      { numRuns: 1000 },
    );
  });
});

test('refuses half of a surrogate pair, which no other language could encode', () => {
  expect(() => variantKeyV1('\ud800')).toThrow('sku is not valid Unicode');
});

test('says which part was wrong', () => {
  expect(() => variantKeyV1('tee', { color: ' ' })).toThrow('attribute "color" is empty');
  expect(() => variantKeyV1('tee', { a: '1', A: '2' })).toThrow('attribute "A" is given twice');
});

test('an attribute may have any name that JSON can carry', () => {
  const attributes = JSON.parse('{ "__proto__": "x", "constructor": "y" }');
  const key = 'v1:tee?__proto__=x&constructor=y';
  expect(variantKeyV1('tee', attributes)).toBe(key);
  expect(Object.entries(parseVariantKeyV1(key).attributes)).toEqual(Object.entries(attributes));
});
