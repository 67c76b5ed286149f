/** The parameters of the one call that creates a checkout session. Frozen with the order, so that a repeat is identical. */
import type Stripe from 'stripe';
import type { OrderAmounts } from '../money/index.ts';

export type SessionRequest = {
  readonly shopId: string;
  readonly orderId: string;
  readonly holdId: string;
  readonly currency: string;
  readonly email: string | null;
  readonly returnUrl: string;
  readonly expiresAt: Date;
  readonly lines: readonly { readonly name: string; readonly quantity: number }[];
  readonly amounts: OrderAmounts;
  readonly coverageMinor: number;
  /** What may be charged later (late fee, damage) needs the method saved. */
  readonly saveMethod: boolean;
};

type LineItem = Stripe.Checkout.SessionCreateParams.LineItem;

/**
 * One line item an order line, at quantity 1 and its amount after discount: Stripe multiplies unit amounts, and a
 * rounded unit times a quantity would not be our total.
 */
function lineItems(request: SessionRequest, toStripeAmount: (minor: number) => number): LineItem[] {
  const { amounts } = request;
  const goods = request.lines.map((line, index) => ({
    name: line.quantity === 1 ? line.name : `${line.name} × ${line.quantity}`,
    minor: (amounts.lines[index]?.subtotalMinor ?? 0) - (amounts.lines[index]?.discountMinor ?? 0),
  }));
  const rest = [
    { name: 'Coverage', minor: request.coverageMinor },
    { name: 'Tax', minor: amounts.taxMinor },
    { name: 'Shipping', minor: amounts.shippingMinor },
    { name: 'Deposit', minor: amounts.depositMinor },
  ];
  // Goods stay, even for nothing: a session without a line is refused.
  return [...goods, ...rest.filter(({ minor }) => minor > 0)].map(({ name, minor }) => ({
    quantity: 1,
    price_data: {
      currency: request.currency.toLowerCase(),
      unit_amount: toStripeAmount(minor),
      product_data: { name: name.slice(0, 250) },
    },
  }));
}

/** @throws RangeError where an amount cannot be charged in the currency. */
export function sessionParams(
  request: SessionRequest,
  toStripeAmount: (minor: number) => number,
): Stripe.Checkout.SessionCreateParams {
  const metadata = { shop_id: request.shopId, order_id: request.orderId, hold_id: request.holdId };
  return {
    mode: 'payment',
    ui_mode: 'elements',
    client_reference_id: request.orderId,
    // The buyer pays in the shop's currency: the amount that comes back is the order's.
    adaptive_pricing: { enabled: false },
    line_items: lineItems(request, toStripeAmount),
    return_url: request.returnUrl,
    expires_at: Math.floor(request.expiresAt.getTime() / 1_000),
    metadata,
    payment_intent_data: {
      metadata,
      ...(request.saveMethod ? { setup_future_usage: 'off_session' as const } : {}),
    },
    ...(request.saveMethod ? { customer_creation: 'always' as const } : {}),
    ...(request.email === null ? {} : { customer_email: request.email }),
  };
}
