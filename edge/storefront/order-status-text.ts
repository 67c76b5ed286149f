import type { OrderStatus } from '@commerce/generated/public-v1/client/types.gen.ts';
import type { Language } from './texts/language.ts';

export type Tone = 'waiting' | 'good' | 'bad' | 'attention';
export type StatusText = { tone: Tone; title: string; detail: string };

const TONES: Readonly<Record<OrderStatus, Tone>> = {
  processing: 'waiting',
  confirmed: 'good',
  failed: 'bad',
  expired: 'bad',
  cancelled: 'bad',
  refunded: 'good',
  partially_refunded: 'good',
  needs_attention: 'attention',
};

/** A title, and a sentence that may name the shop. */
type StatusWords = readonly [title: string, detail: (shop: string) => string];

/** What the order page says for each status that the server can answer. */
const WORDS: Readonly<Record<Language, Readonly<Record<OrderStatus, StatusWords>>>> = {
  en: {
    processing: [
      'Processing…',
      () => 'We are waiting for word of your payment. This page changes by itself.',
    ],
    confirmed: [
      'Confirmed',
      (shop) => `Thank you. Your payment has arrived, and ${shop} is getting your order ready.`,
    ],
    failed: [
      'Payment failed',
      () => 'The payment did not go through and the order is closed. You can order again.',
    ],
    expired: [
      'Expired',
      () => 'The time to pay ran out, so the order is closed. You can order again.',
    ],
    cancelled: ['Cancelled', () => 'The order is cancelled, and its items are free again.'],
    refunded: [
      'Refunded',
      (shop) => `${shop} has refunded this order. Your bank may take some days to show it.`,
    ],
    partially_refunded: [
      'Partly refunded',
      (shop) =>
        `${shop} has refunded a part of this order. Your bank may take some days to show it.`,
    ],
    needs_attention: [
      'Being looked into',
      (shop) => `Your order needs a person’s eye. ${shop} is on it; please do not pay again.`,
    ],
  },
  de: {
    processing: [
      'In Bearbeitung\u00a0…',
      () => 'Wir warten auf Nachricht von Ihrer Zahlung. Diese Seite ändert sich von selbst.',
    ],
    confirmed: [
      'Bestätigt',
      (shop) => `Danke. Ihre Zahlung ist da, und ${shop} macht Ihre Bestellung fertig.`,
    ],
    failed: [
      'Zahlung fehlgeschlagen',
      () =>
        'Die Zahlung ging nicht durch, und die Bestellung ist geschlossen. Sie können neu bestellen.',
    ],
    expired: [
      'Abgelaufen',
      () =>
        'Die Zeit zum Bezahlen ist um, und die Bestellung ist geschlossen. Sie können neu bestellen.',
    ],
    cancelled: [
      'Storniert',
      () => 'Die Bestellung ist storniert, und die Artikel sind wieder frei.',
    ],
    refunded: [
      'Erstattet',
      (shop) =>
        `${shop} hat diese Bestellung erstattet. Bis Ihre Bank es zeigt, kann es einige Tage dauern.`,
    ],
    partially_refunded: [
      'Teilweise erstattet',
      (shop) =>
        `${shop} hat einen Teil dieser Bestellung erstattet. Bis Ihre Bank es zeigt, kann es einige Tage dauern.`,
    ],
    needs_attention: [
      'In Klärung',
      (shop) =>
        `Ihre Bestellung braucht den Blick eines Menschen. ${shop} kümmert sich; bitte bezahlen Sie nicht noch einmal.`,
    ],
  },
};

export function statusText(status: OrderStatus, shopName: string, language: Language): StatusText {
  const [title, detail] = WORDS[language][status];
  return { tone: TONES[status], title, detail: detail(shopName) };
}
