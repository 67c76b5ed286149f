import { describe, expect, it } from 'vitest';
import { memoryStore } from '../testing/memory-store.ts';
import {
  forgetBoughtCart,
  forgetOpenCheckout,
  keepBoughtCart,
  keepOpenCheckout,
  type OpenCheckout,
  readBoughtCart,
  readOpenCheckout,
} from './open-checkout.ts';

const CHECKOUT = {
  orderId: 'ord_1',
  holdExpiresAt: '2026-11-23T12:30:00Z',
  cartId: 'cart_1',
  request: '[]',
} as OpenCheckout;

describe('an open checkout', () => {
  it('is there until its time has run out', () => {
    const store = memoryStore();
    keepOpenCheckout(store, CHECKOUT);
    expect(readOpenCheckout(store, new Date('2026-11-23T12:29:59Z'))).toEqual(CHECKOUT);
    expect(readOpenCheckout(store, new Date('2026-11-23T12:30:00Z'))).toBeUndefined();
  });

  it('is gone when it is forgotten, or not to be read', () => {
    const store = memoryStore();
    keepOpenCheckout(store, CHECKOUT);
    forgetOpenCheckout(store);
    expect(readOpenCheckout(store, new Date(0))).toBeUndefined();
    store.setItem('open-checkout', '{');
    expect(readOpenCheckout(store, new Date(0))).toBeUndefined();
  });
});

describe('the cart of an order', () => {
  it('is remembered for that order alone', () => {
    const store = memoryStore();
    keepBoughtCart(store, 'ord_1', 'cart_1');
    expect(readBoughtCart(store, 'ord_1')).toBe('cart_1');
    expect(readBoughtCart(store, 'ord_2')).toBeUndefined();
    forgetBoughtCart(store, 'ord_1');
    expect(readBoughtCart(store, 'ord_1')).toBeUndefined();
  });
});
