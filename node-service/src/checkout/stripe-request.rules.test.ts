import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { priceOrder } from '../money/index.ts';
import { toStripeAmount } from '../platform/stripe/index.ts';
import { type SessionRequest, sessionParams } from './stripe-request.rules.ts';

const line = (unitPriceMinor: number, quantity: number, depositMinorPerUnit = 0) => ({
  sku: 'tee',
  name: 'T-shirt',
  variantKey: 'v1:tee',
  quantity,
  unitPriceMinor,
  depositMinorPerUnit,
  taxBasisPoints: 2_300,
  periods: 1,
});

function request(
  lines: ReturnType<typeof line>[],
  changes: Partial<SessionRequest> & { readonly percent?: number } = {},
): SessionRequest {
  const { percent = 0, ...rest } = changes;
  const coverageMinor = rest.coverageMinor ?? 0;
  return {
    shopId: 'aurora',
    orderId: 'ord_1',
    holdId: 'hold_1',
    currency: 'EUR',
    email: null,
    returnUrl: 'https://aurora.example/orders/ord_1',
    expiresAt: new Date('2026-11-23T12:31:00.999Z'),
    lines,
    amounts: priceOrder(lines, {
      discount: percent === 0 ? { kind: 'none' } : { kind: 'percent', percent },
      shippingMinor: 490,
      coverageMinor,
    }),
    coverageMinor,
    saveMethod: false,
    ...rest,
  };
}

const inEuros = (minor: number): number => toStripeAmount(minor, 'EUR');
const params = (one: SessionRequest) => sessionParams(one, inEuros);

describe('the call that creates a session', () => {
  test('names shop, order and hold on the session and on its intent: Stripe copies nothing', () => {
    const metadata = { shop_id: 'aurora', order_id: 'ord_1', hold_id: 'hold_1' };
    expect(params(request([line(2_900, 2)]))).toMatchObject({
      ui_mode: 'elements',
      client_reference_id: 'ord_1',
      metadata,
      payment_intent_data: { metadata },
      expires_at: Date.parse('2026-11-23T12:31:00Z') / 1_000,
    });
  });

  test('saves the method only where something may be charged later', () => {
    const plain = params(request([line(700, 1)]));
    expect(plain.payment_intent_data).not.toHaveProperty('setup_future_usage');
    expect(plain).not.toHaveProperty('customer_creation');
    expect(params(request([line(700, 1, 5_000)], { saveMethod: true }))).toMatchObject({
      customer_creation: 'always',
      payment_intent_data: { setup_future_usage: 'off_session' },
    });
  });

  test('keeps goods that cost nothing, so that there is a line', () => {
    const free = params(request([line(0, 1)]));
    expect(free.line_items?.[0]).toMatchObject({ price_data: { unit_amount: 0 } });
  });

  test('is refused where an amount cannot be charged', () => {
    expect(() => params(request([line(99_999_999, 50)]))).toThrow(RangeError);
  });

  test('asks for exactly the total of the order, whatever is bought, and the same each time', () => {
    const anyLine = fc
      .tuple(fc.nat(20_000), fc.integer({ min: 1, max: 50 }), fc.nat(9_000))
      .map(([price, quantity, deposit]) => line(price, quantity, deposit));
    const anyLines = fc.array(anyLine, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(anyLines, fc.nat(100), fc.nat(500), (lines, percent, coverageMinor) => {
        const one = request(lines, { percent, coverageMinor });
        const { line_items = [] } = params(one);
        const asked = line_items.map((item) => {
          expect(item.quantity).toBe(1);
          return item.price_data?.unit_amount ?? Number.NaN;
        });
        expect(asked.reduce((sum, amount) => sum + amount, 0)).toBe(one.amounts.totalMinor);
        expect(params(one)).toEqual(params(one));
      }),
    );
  });
});
