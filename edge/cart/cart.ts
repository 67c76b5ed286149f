import type { OrderLine } from '@commerce/generated/public-v1/client/types.gen.ts';

/** One line of a cart: what is wanted, never what it costs. Prices come from the catalogue whenever the cart is read. */
export type CartLine = OrderLine;

/** A cart as the cookie carries it. It belongs to one shop and is worth nothing at another. */
export type Cart = {
  /** `cart_` and a UUIDv7, given when the first line is added. */
  id: string;
  shopId: string;
  lines: CartLine[];
  /** When it was last sealed, in Unix seconds. */
  issuedAt: number;
};
