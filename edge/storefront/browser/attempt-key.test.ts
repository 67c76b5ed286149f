import { IDEMPOTENCY_KEY_PATTERN } from '@commerce/contracts/vocabulary/ids.ts';
import { describe, expect, it } from 'vitest';
import { memoryStore } from '../testing/memory-store.ts';
import { AttemptKey, newKey } from './attempt-key.ts';

describe('the key of a checkout attempt', () => {
  it('stays the same for the same request until it is settled, over reloads too', () => {
    const store = memoryStore();
    const { key } = new AttemptKey(store, 'slot').take('cart A');
    expect(new AttemptKey(store, 'slot').take('cart A').key).toBe(key);
    new AttemptKey(store, 'slot').settle();
    expect(new AttemptKey(store, 'slot').take('cart A').key).not.toBe(key);
  });

  it('counts the tries of the same request, over reloads too, and from one again for another', () => {
    const store = memoryStore();
    const attempts = (request: string) => new AttemptKey(store, 'slot').take(request).attempt;
    expect([attempts('cart A'), attempts('cart A'), attempts('cart A')]).toEqual([1, 2, 3]);
    expect(attempts('cart B')).toBe(1);
    new AttemptKey(store, 'slot').settle();
    expect(attempts('cart B')).toBe(1);
  });

  it('goes on where an older page has kept a key without its tries', () => {
    const store = memoryStore();
    store.setItem('slot', JSON.stringify({ key: 'k'.repeat(32), request: 'cart A' }));
    expect(new AttemptKey(store, 'slot').take('cart A')).toEqual({
      key: 'k'.repeat(32),
      attempt: 2,
    });
  });

  it('is another one for another request', () => {
    const attempt = new AttemptKey(memoryStore(), 'slot');
    expect(attempt.take('cart A').key).not.toBe(attempt.take('cart B').key);
  });

  it('is one that the contract takes', () => {
    for (let round = 0; round < 50; round += 1) expect(newKey()).toMatch(IDEMPOTENCY_KEY_PATTERN);
  });

  it.each(['', '{', '7', 'null', '{"key":1}'])('begins anew where the store holds %j', (kept) => {
    const store = memoryStore();
    store.setItem('slot', kept);
    expect(new AttemptKey(store, 'slot').take('cart A').key).toMatch(IDEMPOTENCY_KEY_PATTERN);
  });
});
