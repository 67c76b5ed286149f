import type { OrderStatus } from '@commerce/generated/public-v1/client/types.gen.ts';
import { describe, expect, it } from 'vitest';
import { statusText } from './order-status-text.ts';

const STATUSES: Record<OrderStatus, true> = {
  processing: true,
  confirmed: true,
  failed: true,
  expired: true,
  cancelled: true,
  refunded: true,
  partially_refunded: true,
  needs_attention: true,
};

describe.each([
  ['en', 'Processing…', /confirmed/i],
  ['de', 'In Bearbeitung\u00a0…', /bestätigt/i],
] as const)('the words for an order, in %s,', (language, processing, confirmed) => {
  it('say that it is confirmed for a confirmed order, and for no other', () => {
    const said = (Object.keys(STATUSES) as OrderStatus[]).filter((status) => {
      const { title, detail } = statusText(status, 'Aurora', language);
      return confirmed.test(`${title} ${detail}`);
    });
    expect(said).toEqual(['confirmed']);
  });

  it('say that it is being processed while nothing is known', () => {
    expect(statusText('processing', 'Aurora', language).title).toBe(processing);
  });
});
