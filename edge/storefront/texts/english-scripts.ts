import type { ProblemCode } from '@commerce/contracts/vocabulary/problem.ts';

/** The problems that a checkout can end in. The rest is said in general words. */
export type KnownProblem = Extract<
  ProblemCode,
  | 'inventory_insufficient'
  | 'inventory_unknown_variant'
  | 'inventory_busy'
  | 'hold_expired'
  | 'idempotency_in_progress'
  | 'idempotency_key_reused'
  | 'cart_already_paid'
  | 'checkout_not_open'
  | 'cart_empty'
  | 'quantity_over_limit'
  | 'product_not_found'
  | 'rental_invalid'
  | 'shop_not_trading'
  | 'rate_limited'
  | 'payment_provider_unavailable'
  | 'payment_outcome_unknown'
>;

type Sentences = { title: string; detail: string };

const PROBLEMS: Record<KnownProblem, Sentences> = {
  inventory_insufficient: {
    title: 'There is not enough left of this.',
    detail: 'Please change your cart, and try again.',
  },
  inventory_unknown_variant: {
    title: 'Something in your cart is no longer sold.',
    detail: 'Please take it out of your cart, and try again.',
  },
  inventory_busy: {
    title: 'Many people are buying this right now.',
    detail: 'Nothing is decided yet. Please try again in a moment.',
  },
  hold_expired: {
    title: 'Your items were kept for you, but the time ran out.',
    detail: 'Please check out again.',
  },
  idempotency_in_progress: {
    title: 'Your checkout is still being prepared.',
    detail: 'Please try again in a moment.',
  },
  idempotency_key_reused: {
    title: 'Your cart has changed in the meantime.',
    detail: 'Please load this page again and check your order.',
  },
  cart_already_paid: {
    title: 'This cart is paid already.',
    detail: 'You need not pay twice. A new cart has been started for you.',
  },
  checkout_not_open: { title: 'This checkout is closed.', detail: 'Please check out again.' },
  cart_empty: { title: 'Your cart is empty.', detail: 'Please put something in it first.' },
  quantity_over_limit: {
    title: 'That is more than this shop sells at once.',
    detail: 'Please lower the quantity in your cart.',
  },
  product_not_found: {
    title: 'Something in your cart is no longer sold.',
    detail: 'Please take it out of your cart, and try again.',
  },
  rental_invalid: {
    title: 'These days do not work for a rental.',
    detail: 'Please choose other days.',
  },
  shop_not_trading: {
    title: 'This shop does not take orders at the moment.',
    detail: 'Your cart is kept. Please come back later.',
  },
  rate_limited: { title: 'That was a bit fast.', detail: 'Please wait a moment, and try again.' },
  payment_provider_unavailable: {
    title: 'The payment service cannot be reached.',
    detail: 'You have not paid anything. Please try again in a moment.',
  },
  payment_outcome_unknown: {
    title: 'The payment service has not answered yet.',
    detail: 'You have not paid anything. Trying again picks up where this stopped.',
  },
};

/** The words of the pages' scripts, in English. The other languages have this form. */
export const ENGLISH_SCRIPTS = {
  problems: PROBLEMS,
  anyProblem: { title: 'That did not work.', detail: 'Please try again in a moment.' },
  itemSoldOut: (item: string) => `${item}: sold out`,
  itemShort: (item: string, available: number, requested: number) =>
    `${item}: ${available} left, you asked for ${requested}`,

  inStock: 'In stock',
  fewLeft: (available: number) => `Only ${available} left`,
  soldOut: 'Sold out',
  lessThanWanted: (available: number, wanted: number) =>
    `Only ${available} left, and you want ${wanted}`,
  linesNotShown: 'What is in your cart could not be shown here.',

  notInCombination: 'Not made in this combination',
  inYourCart: (product: string) => `${product} is in your cart.`,
  goToCart: 'Go to the cart',
  quantityNow: (product: string, quantity: number) => `${product}: quantity ${quantity}`,
  removed: (product: string) => `${product} removed`,
  cartEmptied: 'The cart is empty',
  changeCart: 'Change the cart',

  tryAgain: 'Try again',
  tryingAgain: 'Many others are at it too. Trying again for you…',
  stillTrying: 'This takes a moment longer. Trying again for you…',
  processing: 'Processing…',
  deliveryIs: (rate: string) => `Delivery: ${rate}`,
  subtotal: 'Subtotal',
  discount: 'Discount',
  delivery: 'Delivery',
  tax: 'Tax',
  deposit: 'Deposit, refundable',
  total: 'Total',
  paySum: (sum: string) => `Pay ${sum}`,
  itemsKept: (sum: string) => `Your items are kept for you. The total is ${sum}.`,
  cardDeclined: 'Your card was declined. You have not paid anything.',
  paymentNotLoaded: 'The payment form did not load. Please try again.',
  standInAnswered: (status: number) => `The payment stand-in answered ${status}.`,
  standInUnreachable: 'The payment stand-in does not answer. Is the local platform running?',

  yourOrder: 'Your order',
  orderTakesLong:
    'This takes longer than usual. If you have paid, you get your order or your money back, whether this page is open or not.',
  orderUnknown: 'There is no such order in this shop.',
  orderNotYours: 'This browser may not see this order. Please open it where you placed it.',
  orderNotCancelled: 'The order could not be cancelled just now. Please try again.',
};

/** What each language has to say: a word that one of them lacks does not compile. */
export type ScriptTexts = typeof ENGLISH_SCRIPTS;
