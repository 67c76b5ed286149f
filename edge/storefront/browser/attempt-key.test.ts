import { IDEMPOTENCY_KEY_PATTERN } from '@commerce/contracts/vocabulary/ids.ts';
import { describe, expect, it } from 'vitest';
import { memoryStore } from '../testing/memory-store.ts';
import { AttemptKey, newKey } from './attempt-key.ts';

describe('the key of a checkout attempt', () => {
  it('stays the same for the same request until it is settled, over reloads too', () => {
    const store = memoryStore();
    const key = new AttemptKey(store, 'slot').take('cart A');
    expect(new AttemptKey(store, 'slot').take('cart A')).toBe(key);
    new AttemptKey(store, 'slot').settle();
    expect(new AttemptKey(store, 'slot').take('cart A')).not.toBe(key);
  });

  it('is another one for another request', () => {
    const attempt = new AttemptKey(memoryStore(), 'slot');
    expect(attempt.take('cart A')).not.toBe(attempt.take('cart B'));
  });

  it('is one that the contract takes', () => {
    for (let round = 0; round < 50; round += 1) expect(newKey()).toMatch(IDEMPOTENCY_KEY_PATTERN);
  });

  it.each(['', '{', '7', 'null', '{"key":1}'])('begins anew where the store holds %j', (kept) => {
    const store = memoryStore();
    store.setItem('slot', kept);
    expect(new AttemptKey(store, 'slot').take('cart A')).toMatch(IDEMPOTENCY_KEY_PATTERN);
  });
});
