import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LruMap } from './lru-map.ts';

const CAPACITY = 3;
const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const anyUse = fc.record({ how: fc.constantFrom('get', 'peek', 'set', 'delete'), key });

test('it holds the entries that were used last, and no more than it may', () => {
  fc.assert(
    fc.property(fc.array(anyUse, { maxLength: 50, size: 'max' }), (uses) => {
      const map = new LruMap<number>(CAPACITY);
      // The plain way: the pairs from the oldest use to the newest.
      let model: [string, number][] = [];
      for (const [index, { how, key }] of uses.entries()) {
        const found = model.find(([name]) => name === key);
        const others = model.filter(([name]) => name !== key);
        if (how === 'set') {
          map.set(key, index);
          model = [...others, [key, index] as [string, number]].slice(-CAPACITY);
        } else if (how === 'delete') {
          map.delete(key);
          model = others;
        } else {
          expect(how === 'get' ? map.get(key) : map.peek(key)).toBe(found?.[1]);
          if (how === 'get' && found !== undefined) model = [...others, found];
        }
        expect(map.size).toBe(model.length);
      }
      for (const [name, value] of model) expect(map.peek(name)).toBe(value);
    }),
  );
});
