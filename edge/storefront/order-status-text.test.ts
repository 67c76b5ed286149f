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

describe('the words for an order', () => {
  it('say “Confirmed” for a confirmed order, and for no other', () => {
    const confirmed = (Object.keys(STATUSES) as OrderStatus[]).filter((status) => {
      const { title, detail } = statusText(status, 'Aurora');
      return /confirmed/i.test(`${title} ${detail}`);
    });
    expect(confirmed).toEqual(['confirmed']);
  });

  it('say “Processing…” while nothing is known', () => {
    expect(statusText('processing', 'Aurora').title).toBe('Processing…');
  });
});
