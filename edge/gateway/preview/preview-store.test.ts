import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inOrderOf, previewAddress, sortedKeys, toPreview } from './preview-store.ts';

const KEYS = fc.uniqueArray(
  fc.constantFrom('v1:bag', 'v1:mug', 'v1:tee?size=l', 'v1:tee?size=m', 'v1:tent'),
  { minLength: 1 },
);
const AURORA = { environment: 'local', shopId: 'aurora' } as const;

function item(variantKey: string) {
  return { variantKey, available: 3, status: 'low_stock' as const };
}

function answer(keys: readonly string[], over: { status?: number; headers?: object } = {}) {
  const headers = {
    'content-type': 'application/json',
    'cache-control': 'public, max-age=2',
    etag: '"a1"',
    ...over.headers,
  };
  const body = JSON.stringify({ items: keys.map(item), asOf: '2026-11-23T12:00:00Z' });
  const bytes = new Uint8Array(new TextEncoder().encode(body));
  return { status: over.status ?? 200, headers: new Headers(headers), body: bytes };
}

describe('the address of a preview', () => {
  test('is one for one set of keys, in whatever order and however often they are asked for', async () => {
    await fc.assert(
      fc.asyncProperty(KEYS, fc.infiniteStream(fc.nat()), async (keys, numbers) => {
        const places = [...keys.entries()].map(([index, key]) => {
          const { value } = numbers.next();
          return { key, place: (value ?? 0) * 100 + index };
        });
        const shuffled = places.sort((a, b) => a.place - b.place).map(({ key }) => key);
        const doubled = sortedKeys([...shuffled, ...keys]);
        const address = await previewAddress(AURORA, sortedKeys(keys));
        expect(await previewAddress(AURORA, doubled)).toBe(address);
      }),
    );
  });

  test('is another for another shop, another environment, and any other set of keys', async () => {
    await fc.assert(
      fc.asyncProperty(KEYS, KEYS, async (some, others) => {
        const [keys, otherKeys] = [sortedKeys(some), sortedKeys(others)];
        const isSame = keys.join() === otherKeys.join();
        const address = await previewAddress(AURORA, keys);
        expect((await previewAddress(AURORA, otherKeys)) === address).toBe(isSame);
        expect(await previewAddress({ ...AURORA, shopId: 'borealis' }, keys)).not.toBe(address);
        const live = { ...AURORA, environment: 'production' } as const;
        expect(await previewAddress(live, keys)).not.toBe(address);
      }),
    );
  });
});

describe('what is kept', () => {
  test('is a whole, public success of just these keys', () => {
    expect(toPreview(answer(['v1:mug']), ['v1:mug'], 7)).toMatchObject({
      etag: '"a1"',
      storedAtMs: 7,
    });
  });

  test.each([
    ['an error', answer(['v1:mug'], { status: 503 })],
    ['no content', answer(['v1:mug'], { status: 204 })],
    ['a private answer', answer(['v1:mug'], { headers: { 'cache-control': 'private' } })],
    ['one key too few', answer([])],
    ['one key too many', answer(['v1:mug', 'v1:tee'])],
    ['another key', answer(['v1:tee'])],
    ['no JSON', { ...answer(['v1:mug']), body: new Uint8Array([0x7b]) }],
    ['JSON of another form', { ...answer(['v1:mug']), body: new Uint8Array([0x31]) }],
  ])('is not: %s', (_name, given) => {
    expect(toPreview(given, ['v1:mug'], 7)).toBeNull();
  });
});

test('items come in the order in which they were asked for, each once', () => {
  const stored = JSON.stringify({ items: ['v1:a', 'v1:b', 'v1:c'].map(item), asOf: 'then' });
  expect(inOrderOf(stored, ['v1:a', 'v1:b', 'v1:c'])).toBe(stored);
  const given = JSON.parse(inOrderOf(stored, ['v1:c', 'v1:a', 'v1:c', 'v1:b']));
  expect(given).toEqual({ items: ['v1:c', 'v1:a', 'v1:b'].map(item), asOf: 'then' });
});
