import type { CheckoutSession } from '@commerce/generated/public-v1/client/types.gen.ts';

type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** A checkout that was started in this tab and awaits payment: what the payment form needs to go on with it. */
export type OpenCheckout = Omit<CheckoutSession, 'accessToken' | 'holdId'> & {
  cartId: string;
  /** The request that started it; a cart or an address that has changed since makes it another one. */
  request: string;
  /** The buyer has handed in a payment, whose result only the order's status can tell. */
  submitted?: boolean;
};

const SLOT = 'open-checkout';

/** This tab's open checkout, unless there is none or its time has run out. */
export function readOpenCheckout(store: Store, now: Date): OpenCheckout | undefined {
  const text = store.getItem(SLOT);
  if (text === null) return undefined;
  try {
    const checkout = JSON.parse(text) as OpenCheckout;
    return Date.parse(checkout.holdExpiresAt) > now.getTime() ? checkout : undefined;
  } catch {
    return undefined;
  }
}

export function keepOpenCheckout(store: Store, checkout: OpenCheckout): void {
  store.setItem(SLOT, JSON.stringify(checkout));
}

export function forgetOpenCheckout(store: Store): void {
  store.removeItem(SLOT);
}

/**
 * Which cart an order came from. This outlives the tab, since a bank may send the buyer back in another one, and it
 * holds nothing secret.
 */
export function keepBoughtCart(store: Store, orderId: string, cartId: string): void {
  store.setItem(`cart-of:${orderId}`, cartId);
}

/** The cart that an order came from, as far as this browser knows. */
export function readBoughtCart(store: Store, orderId: string): string | undefined {
  return store.getItem(`cart-of:${orderId}`) ?? undefined;
}

export function forgetBoughtCart(store: Store, orderId: string): void {
  store.removeItem(`cart-of:${orderId}`);
}
