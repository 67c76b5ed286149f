import type { OrderStatus } from '@commerce/generated/public-v1/client/types.gen.ts';

export type Tone = 'waiting' | 'good' | 'bad' | 'attention';
export type StatusText = { tone: Tone; title: string; detail: string };

/** What the order page says for each status that the server can answer. */
const TEXTS: Readonly<Record<OrderStatus, (shopName: string) => StatusText>> = {
  processing: () => ({
    tone: 'waiting',
    title: 'Processing…',
    detail: 'We are waiting for word of your payment. This page changes by itself.',
  }),
  confirmed: (shopName) => ({
    tone: 'good',
    title: 'Confirmed',
    detail: `Thank you. Your payment has arrived, and ${shopName} is getting your order ready.`,
  }),
  failed: () => ({
    tone: 'bad',
    title: 'Payment failed',
    detail: 'The payment did not go through and the order is closed. You can order again.',
  }),
  expired: () => ({
    tone: 'bad',
    title: 'Expired',
    detail: 'The time to pay ran out, so the order is closed. You can order again.',
  }),
  cancelled: () => ({
    tone: 'bad',
    title: 'Cancelled',
    detail: 'The order is cancelled, and its items are free again.',
  }),
  refunded: (shopName) => ({
    tone: 'good',
    title: 'Refunded',
    detail: `${shopName} has refunded this order. Your bank may take some days to show it.`,
  }),
  partially_refunded: (shopName) => ({
    tone: 'good',
    title: 'Partly refunded',
    detail: `${shopName} has refunded a part of this order. Your bank may take some days to show it.`,
  }),
  needs_attention: (shopName) => ({
    tone: 'attention',
    title: 'Being looked into',
    detail: `Your order needs a person’s eye. ${shopName} is on it; please do not pay again.`,
  }),
};

export function statusText(status: OrderStatus, shopName: string): StatusText {
  return TEXTS[status](shopName);
}
