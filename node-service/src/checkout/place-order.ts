import type { CreateCheckoutSessionRequest } from '@commerce/generated/node-v1/client/types.gen.ts';
import type { Deps } from '../deps.ts';
import type { AllocationOutcome, HoldLine } from '../inventory/index.ts';
import { secondsAfter } from '../platform/clock.ts';
import type { Job } from '../platform/enqueue.ts';
import type { ClaimRequest } from '../platform/idempotency.ts';
import { Problem } from '../platform/problem.ts';
import { toStripeAmount } from '../platform/stripe/index.ts';
import type { Shop } from '../tenancy/index.ts';
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

function orderRow(deps: Pick<Deps, 'config'>, placing: Placing, ids: Ids) {
  const { timing } = deps.config;
  const { amounts } = placing.quote;
  const sessionExpiresAt = secondsAfter(ids.now, timing.sessionLifetimeSeconds);
  return {
    order_id: ids.orderId,
    cart_id: placing.request.items === undefined ? (placing.request.cart?.id ?? null) : null,
    hold_id: ids.holdId,
    session_state: 'creating',
    stripe_request: stripeRequest(deps, placing, ids, sessionExpiresAt),
    session_expires_at: sessionExpiresAt,
    hold_expires_at: secondsAfter(ids.now, timing.holdTtlSeconds),
    currency: placing.shop.currency,
    subtotal_minor: amounts.subtotalMinor,
    discount_minor: amounts.discountMinor,
    tax_minor: amounts.taxMinor,
    shipping_minor: amounts.shippingMinor,
    deposit_minor: amounts.depositMinor,
    total_minor: amounts.totalMinor,
    email: placing.request.customer?.email ?? null,
    token_version: FIRST_TOKEN_VERSION,
    request_id: placing.requestId,
    created_at: ids.now,
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
): Promise<{ readonly orderId: string; readonly outcome: AllocationOutcome }> {
  const now = deps.clock.now();
  const ids: Ids = { orderId: deps.clock.id('order'), holdId: deps.clock.id('hold'), now };
  const row = orderRow(deps, placing, ids);
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
      expiresAt: row.hold_expires_at,
    },
    claim: {
      ...placing.claim,
      leaseUntil: secondsAfter(now, deps.config.timing.claimLeaseSeconds),
      recoveryPoint: ids.orderId,
    },
    rows: [
      { table: 'sales_order', rows: [row], onConflict: 'fail' },
      { table: 'order_line', rows: lineRows(placing, ids.orderId), onConflict: 'fail' },
    ],
    jobs: jobs(deps, placing, ids),
  });
  return { orderId: ids.orderId, outcome };
}
