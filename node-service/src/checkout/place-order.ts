import type { CreateCheckoutSessionRequest } from '@commerce/generated/node-v1/client/types.gen.ts';
import type { Deps } from '../deps.ts';
import type { AllocationOutcome, HoldLine } from '../inventory/index.ts';
import { secondsAfter } from '../platform/clock.ts';
import type { Job } from '../platform/enqueue.ts';
import type { ClaimRequest } from '../platform/idempotency.ts';
import { Problem } from '../platform/problem.ts';
import { toStripeAmount } from '../platform/stripe/index.ts';
import type { Shop } from '../tenancy/index.ts';
import type { OrderToOpen } from './order.entities.ts';
import { FIRST_TOKEN_VERSION } from './order-token.ts';
import type { Quote } from './quote.ts';
import { sessionParams } from './stripe-request.rules.ts';

export type Placing = {
  readonly shop: Shop;
  readonly canonicalHost: string;
  readonly requestId: string;
  readonly request: CreateCheckoutSessionRequest;
  readonly quote: Quote;
  readonly claim: Omit<ClaimRequest, 'leaseUntil' | 'recoveryPoint'>;
};

type Ids = { readonly orderId: string; readonly holdId: string; readonly now: Date };

function stripeRequest(
  deps: Pick<Deps, 'config'>,
  placing: Placing,
  { orderId, holdId }: Ids,
  expiresAt: Date,
) {
  const { shop, quote, request, canonicalHost } = placing;
  const { publicScheme, publicPort } = deps.config;
  const origin = `${publicScheme}://${canonicalHost}${publicPort === '' ? '' : `:${publicPort}`}`;
  try {
    return sessionParams(
      {
        shopId: shop.shopId,
        orderId,
        holdId,
        currency: shop.currency,
        email: request.customer?.email ?? null,
        returnUrl: `${origin}/orders/${orderId}`,
        expiresAt,
        lines: quote.lines,
        amounts: quote.amounts,
        coverageMinor: quote.coverageMinor,
        saveMethod: quote.amounts.depositMinor > 0,
      },
      (minor) => toStripeAmount(minor, shop.currency),
    );
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Problem('amount_invalid', {
      detail: `The amount cannot be charged: ${error.message}.`,
    });
  }
}

/** The order that is agreed, with the frozen parameters of its call to Stripe. */
function agreed(deps: Pick<Deps, 'config'>, placing: Placing, ids: Ids): OrderToOpen {
  const { timing } = deps.config;
  const { shop, request, quote, requestId } = placing;
  const sessionExpiresAt = secondsAfter(ids.now, timing.sessionLifetimeSeconds);
  return {
    shopId: shop.shopId,
    orderId: ids.orderId,
    cartId: request.items === undefined ? (request.cart?.id ?? null) : null,
    holdId: ids.holdId,
    sessionState: 'creating',
    checkoutSessionId: null,
    clientSecret: null,
    stripeRequest: stripeRequest(deps, placing, ids, sessionExpiresAt),
    sessionExpiresAt,
    holdExpiresAt: secondsAfter(ids.now, timing.holdTtlSeconds),
    currency: shop.currency,
    subtotalMinor: quote.amounts.subtotalMinor,
    discountMinor: quote.amounts.discountMinor,
    taxMinor: quote.amounts.taxMinor,
    shippingMinor: quote.amounts.shippingMinor,
    depositMinor: quote.amounts.depositMinor,
    totalMinor: quote.amounts.totalMinor,
    email: request.customer?.email ?? null,
    tokenVersion: FIRST_TOKEN_VERSION,
    requestId,
    createdAt: ids.now,
  };
}

function orderRow(order: OrderToOpen) {
  return {
    order_id: order.orderId,
    cart_id: order.cartId,
    hold_id: order.holdId,
    session_state: order.sessionState,
    stripe_request: order.stripeRequest,
    session_expires_at: order.sessionExpiresAt,
    hold_expires_at: order.holdExpiresAt,
    currency: order.currency,
    subtotal_minor: order.subtotalMinor,
    discount_minor: order.discountMinor,
    tax_minor: order.taxMinor,
    shipping_minor: order.shippingMinor,
    deposit_minor: order.depositMinor,
    total_minor: order.totalMinor,
    email: order.email,
    token_version: order.tokenVersion,
    request_id: order.requestId,
    created_at: order.createdAt,
  };
}

function lineRows({ quote }: Placing, orderId: string) {
  return quote.lines.map((line, index) => {
    const amounts = quote.amounts.lines[index];
    if (amounts === undefined) throw new Error('a line without amounts');
    return {
      order_id: orderId,
      line_number: index + 1,
      sku: line.sku,
      name: line.name,
      variant_key: line.variantKey,
      quantity: line.quantity,
      unit_price_minor: line.unitPriceMinor,
      subtotal_minor: amounts.subtotalMinor,
      discount_minor: amounts.discountMinor,
      tax_minor: amounts.taxMinor,
      deposit_minor: amounts.depositMinor,
      rental_from: line.rentalDays?.from ?? null,
      rental_to: line.rentalDays?.to ?? null,
    };
  });
}

/** What looks after the order if nobody else does: unfinished checkouts, and holds whose time has come. */
function jobs(
  deps: Pick<Deps, 'config'>,
  { requestId, claim }: Placing,
  { orderId, now }: Ids,
): Job[] {
  const { recoveryDelaySeconds, holdTtlSeconds } = deps.config.timing;
  const payload = { requestId, orderId };
  const recovery = { ...payload, principal: claim.principal, key: claim.key };
  return [
    {
      task: 'recover_checkout',
      payload: recovery,
      runAt: secondsAfter(now, recoveryDelaySeconds),
      key: `recover_checkout:${orderId}`,
    },
    {
      task: 'expire_checkout',
      payload,
      runAt: secondsAfter(now, holdTtlSeconds),
      key: `expire_checkout:${orderId}`,
    },
  ];
}

/**
 * The one transaction before Stripe is asked: claim, hold, order with the frozen parameters of the call, and the jobs
 * that take it up when this process does not finish.
 */
export async function placeOrder(
  deps: Pick<Deps, 'config' | 'clock' | 'allocator'>,
  placing: Placing,
): Promise<{ readonly order: OrderToOpen; readonly outcome: AllocationOutcome }> {
  const now = deps.clock.now();
  const ids: Ids = { orderId: deps.clock.id('order'), holdId: deps.clock.id('hold'), now };
  const order = agreed(deps, placing, ids);
  const lines: HoldLine[] = placing.quote.lines.map(({ variantKey, sku, quantity }) => ({
    variantKey,
    sku,
    quantity,
  }));
  const outcome = await deps.allocator.submit(placing.shop.shopId, {
    action: {
      kind: 'create',
      holdId: ids.holdId,
      orderId: ids.orderId,
      lines,
      expiry: 'stripe',
      expiresAt: order.holdExpiresAt,
    },
    claim: {
      ...placing.claim,
      leaseUntil: secondsAfter(now, deps.config.timing.claimLeaseSeconds),
      recoveryPoint: ids.orderId,
    },
    rows: [
      { table: 'sales_order', rows: [orderRow(order)], onConflict: 'fail' },
      { table: 'order_line', rows: lineRows(placing, ids.orderId), onConflict: 'fail' },
    ],
    jobs: jobs(deps, placing, ids),
  });
  return { order, outcome };
}
