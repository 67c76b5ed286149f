import type Stripe from 'stripe';
import { invalidRequest, refused, resourceMissing } from '../api/api-error.ts';
import { operation } from '../api/operation.ts';
import { currency, integer, oneOf, percentage, text } from '../api/scalars.ts';
import { metadata, optional, unsupported } from '../api/schema.ts';
import { randomAlphanumeric } from '../ids.ts';
import { unixSeconds, type Work } from '../work.ts';

/** The coupon that `param` names, if it may be redeemed now; else Stripe's 400. */
export function requireValidCoupon(work: Work, id: string, param: string): Stripe.Coupon {
  const coupon = work.tx.get('coupons', id);
  if (coupon === undefined) throw resourceMissing('coupon', id, param, 'in_parameter');
  if (!isValid(coupon, work.nowMs)) {
    throw refused(`Coupon ${id} is used up or expired and can't be applied.`, {
      code: 'coupon_expired',
      param,
    });
  }
  return coupon;
}

/** Counts one redemption, when the Session that holds the coupon completes. */
export function redeemCoupon(work: Work, id: string): void {
  const coupon = work.tx.get('coupons', id);
  if (coupon === undefined) return;
  const redeemed = { ...coupon, times_redeemed: coupon.times_redeemed + 1 };
  work.tx.put('coupons', id, { ...redeemed, valid: isValid(redeemed, work.nowMs) });
}

function isValid(coupon: Stripe.Coupon, nowMs: number): boolean {
  const usedUp = coupon.max_redemptions !== null && coupon.times_redeemed >= coupon.max_redemptions;
  const over = coupon.redeem_by !== null && coupon.redeem_by <= unixSeconds(nowMs);
  return !usedUp && !over;
}

const create = operation({
  id: 'coupons.create',
  method: 'POST',
  path: '/v1/coupons',
  params: {
    amount_off: optional(integer({ min: 1 })),
    applies_to: unsupported,
    currency: optional(currency),
    currency_options: unsupported,
    duration: optional(oneOf('forever', 'once', 'repeating')),
    duration_in_months: optional(integer({ min: 1 })),
    id: optional(text(200)),
    max_redemptions: optional(integer({ min: 1 })),
    metadata: optional(metadata),
    name: optional(text(40)),
    percent_off: optional(percentage),
    redeem_by: optional(integer()),
  },
  check(params) {
    if ((params.amount_off === undefined) === (params.percent_off === undefined)) {
      throw invalidRequest('You must pass exactly one of `percent_off` or `amount_off`.');
    }
    if (params.amount_off !== undefined && params.currency === undefined) {
      throw invalidRequest('You must pass `currency` when passing `amount_off`.', {
        code: 'parameter_missing',
        param: 'currency',
      });
    }
  },
  execute(work, params) {
    const id = params.id ?? randomAlphanumeric(8);
    if (work.tx.get('coupons', id) !== undefined) {
      throw refused('Coupon already exists.', { code: 'resource_already_exists' });
    }
    const coupon: Stripe.Coupon = {
      id,
      object: 'coupon',
      amount_off: params.amount_off ?? null,
      created: unixSeconds(work.nowMs),
      currency: params.amount_off === undefined ? null : (params.currency ?? null),
      duration: params.duration ?? 'once',
      duration_in_months: params.duration_in_months ?? null,
      livemode: false,
      max_redemptions: params.max_redemptions ?? null,
      metadata: params.metadata ?? {},
      name: params.name ?? null,
      percent_off: params.percent_off ?? null,
      redeem_by: params.redeem_by ?? null,
      times_redeemed: 0,
      valid: true,
    };
    work.tx.put('coupons', id, coupon);
    return coupon;
  },
});

const retrieve = operation({
  id: 'coupons.retrieve',
  method: 'GET',
  path: '/v1/coupons/:id',
  params: {},
  execute(work, _params, id) {
    const coupon = work.tx.get('coupons', id);
    if (coupon === undefined) throw resourceMissing('coupon', id, 'coupon', 'in_path');
    return { ...coupon, valid: isValid(coupon, work.nowMs) };
  },
});

export const couponOperations = [create, retrieve];
