import type Stripe from 'stripe';
import { invalidRequest, refused, resourceMissing } from '../api/api-error.ts';
import { checkPagination, createdParam, page, paginationParams } from '../api/list.ts';
import { operation } from '../api/operation.ts';
import { oneOf, text } from '../api/scalars.ts';
import { optional, unsupported } from '../api/schema.ts';
import { changeItems, invoiceNow } from '../billing/change-subscription.ts';
import { outcomeOfMethod } from '../billing/collect.ts';
import { resumeSubscription } from '../billing/cycle-subscription.ts';
import { cancelSubscription } from '../billing/end-subscription.ts';
import { type Period, periodFrom } from '../billing/periods.ts';
import { saveSubscription } from '../billing/save-changed.ts';
import { startSubscription } from '../billing/start-subscription.ts';
import type { ItemFacts } from '../billing/subscription-object.ts';
import { unixSeconds, type Work } from '../work.ts';
import { requireCustomer } from './customers.ts';
import { requireRecurringPrice } from './prices.ts';
import {
  type SubscriptionCreateParams,
  type SubscriptionUpdateParams,
  subscriptionCancelParams,
  subscriptionCreateParams,
  subscriptionUpdateParams,
} from './subscription-params.ts';

const DAY_SECONDS = 86_400;

/** The subscription a path names, or Stripe's 404. */
export function requireSubscription(work: Work, id: string): Stripe.Subscription {
  const subscription = work.tx.get('subscriptions', id);
  if (subscription === undefined) throw resourceMissing('subscription', id, 'id', 'in_path');
  return subscription;
}

const create = operation({
  id: 'subscriptions.create',
  method: 'POST',
  path: '/v1/subscriptions',
  params: subscriptionCreateParams,
  check(params, nowMs) {
    if (params.items.length === 0) throw invalidRequest('Missing required param: items.');
    if (params.trial_end !== undefined && params.trial_period_days !== undefined) {
      throw invalidRequest('You may only specify one of these: trial_end, trial_period_days.', {
        code: 'parameters_exclusive',
        param: 'trial_end',
      });
    }
    if (params.trial_end !== undefined && params.trial_end <= unixSeconds(nowMs)) {
      throw invalidRequest('Invalid timestamp: must be an integer Unix timestamp in the future.', {
        param: 'trial_end',
      });
    }
  },
  execute(work, params) {
    const customer = requireCustomer(work, params.customer, 'customer');
    const items = itemsOf(work, params);
    const now = unixSeconds(work.nowMs);
    const trial = trialOf(params, now);
    const first = items[0];
    if (first === undefined) throw new Error('checked above');
    const begun = startSubscription(
      work,
      {
        customerId: customer.id,
        items,
        period: trial ?? periodFrom(now, first.price.recurring),
        trial,
        metadata: params.metadata ?? {},
        description: params.description ?? null,
        defaultPaymentMethod: params.default_payment_method ?? null,
        paymentSettings: settingsOf(params.payment_settings),
        missingPaymentMethod:
          params.trial_settings?.end_behavior.missing_payment_method ?? 'create_invoice',
      },
      params.payment_behavior ?? 'allow_incomplete',
    );
    return params.cancel_at_period_end
      ? saveSubscription(work, begun, endingLater(work, begun))
      : begun;
  },
});

function itemsOf(work: Work, params: SubscriptionCreateParams): ItemFacts[] {
  const items = params.items.map(({ price, quantity = 1, metadata = {} }, index) => ({
    price: requireRecurringPrice(work, price, `items[${index}][price]`),
    quantity,
    metadata,
  }));
  const kinds = new Set(
    items.map(({ price: { currency, recurring } }) =>
      [currency, recurring.interval, recurring.interval_count].join(' '),
    ),
  );
  if (
    kinds.size > 1 ||
    (params.currency ?? items[0]?.price.currency) !== items[0]?.price.currency
  ) {
    throw refused(
      'The stand-in bills all items of a subscription together: one currency, one interval.',
    );
  }
  return items;
}

function trialOf(params: SubscriptionCreateParams, now: number): Period | null {
  const { trial_end, trial_period_days } = params;
  if (trial_end !== undefined) return { start: now, end: trial_end };
  if (trial_period_days === undefined) return null;
  return { start: now, end: now + trial_period_days * DAY_SECONDS };
}

function settingsOf(
  given: SubscriptionCreateParams['payment_settings'],
): Stripe.Subscription.PaymentSettings {
  return {
    payment_method_options: null,
    payment_method_types: given?.payment_method_types ?? null,
    save_default_payment_method: given?.save_default_payment_method ?? 'off',
  };
}

const retrieve = operation({
  id: 'subscriptions.retrieve',
  method: 'GET',
  path: '/v1/subscriptions/:id',
  params: {},
  execute: (work, _params, id) => requireSubscription(work, id),
});

const update = operation({
  id: 'subscriptions.update',
  method: 'POST',
  path: '/v1/subscriptions/:id',
  params: subscriptionUpdateParams,
  execute(work, params, id) {
    const before = requireSubscription(work, id);
    checkMayChange(before, params);
    const changes = (params.items ?? []).map((item, index) => ({
      id: item.id,
      price:
        item.price === undefined
          ? undefined
          : requireRecurringPrice(work, item.price, `items[${index}][price]`),
      quantity: item.quantity,
      metadata: item.metadata,
      deleted: item.deleted ?? false,
    }));
    const { items, prorations } = changeItems(work, before, changes);
    const after = { ...changed(work, before, params), items };
    const behavior = params.proration_behavior ?? 'create_prorations';
    if (behavior === 'create_prorations') {
      for (const item of prorations) work.tx.put('pendingItems', item.id, item);
    }
    const saved = saveSubscription(work, before, after);
    return behavior === 'always_invoice' ? invoiceNow(work, saved, prorations) : saved;
  },
});

/** What has ended is not changed any more, and what has not begun keeps its items. */
function checkMayChange(before: Stripe.Subscription, params: SubscriptionUpdateParams): void {
  const { metadata: _free, cancellation_details: _too, ...rest } = params;
  const changesMore = Object.values(rest).some((value) => value !== undefined);
  if (before.ended_at !== null && changesMore) {
    throw refused(
      'A canceled subscription can only update its cancellation_details and metadata.',
      {
        code: 'invalid_canceled_subscription_fields',
      },
    );
  }
  if (before.status === 'incomplete' && params.items !== undefined) {
    throw refused(`Subscription ${before.id} is \`incomplete\`: its items cannot be changed.`);
  }
}

function changed(
  work: Work,
  before: Stripe.Subscription,
  params: SubscriptionUpdateParams,
): Stripe.Subscription {
  const { cancel_at_period_end: atEnd, pause_collection: pause } = params;
  const ending =
    atEnd === undefined || atEnd === before.cancel_at_period_end
      ? {}
      : atEnd
        ? endingLater(work, before)
        : { cancel_at: null, cancel_at_period_end: false, canceled_at: null };
  const paused =
    pause === undefined
      ? {}
      : {
          pause_collection:
            pause === null
              ? null
              : { behavior: pause.behavior, resumes_at: pause.resumes_at ?? null },
        };
  return {
    ...before,
    ...ending,
    ...paused,
    ...(params.description === undefined ? {} : { description: params.description }),
    ...(params.default_payment_method === undefined
      ? {}
      : { default_payment_method: params.default_payment_method }),
    ...(params.payment_settings === undefined
      ? {}
      : { payment_settings: settingsOf(params.payment_settings) }),
    metadata: { ...before.metadata, ...params.metadata },
  };
}

/** Ends with its period: what Stripe notes of it now. */
function endingLater(work: Work, before: Stripe.Subscription): Stripe.Subscription {
  return {
    ...before,
    cancel_at: Math.max(...before.items.data.map((item) => item.current_period_end)),
    cancel_at_period_end: true,
    canceled_at: unixSeconds(work.nowMs),
    cancellation_details: {
      comment: null,
      feedback: null,
      feedback_option: null,
      reason: 'cancellation_requested',
    },
  };
}

const cancel = operation({
  id: 'subscriptions.cancel',
  method: 'DELETE',
  path: '/v1/subscriptions/:id',
  params: subscriptionCancelParams,
  execute: (work, params, id) =>
    cancelSubscription(work, requireSubscription(work, id), params.cancellation_details ?? {}),
});

const resume = operation({
  id: 'subscriptions.resume',
  method: 'POST',
  path: '/v1/subscriptions/:id/resume',
  params: {
    billing_cycle_anchor: unsupported,
    payment_behavior: unsupported,
    proration_behavior: unsupported,
    proration_date: unsupported,
  },
  execute(work, _params, id) {
    const subscription = requireSubscription(work, id);
    const method = subscription.default_payment_method;
    const outcome = outcomeOfMethod(typeof method === 'string' ? method : null);
    return resumeSubscription(work, subscription, outcome);
  },
});

const list = operation({
  id: 'subscriptions.list',
  method: 'GET',
  path: '/v1/subscriptions',
  params: {
    ...paginationParams,
    automatic_tax: unsupported,
    collection_method: unsupported,
    created: optional(createdParam),
    current_period_end: unsupported,
    current_period_start: unsupported,
    customer: optional(text()),
    customer_account: unsupported,
    plan: unsupported,
    price: optional(text()),
    status: optional(
      oneOf(
        'active',
        'all',
        'canceled',
        'ended',
        'incomplete',
        'incomplete_expired',
        'past_due',
        'paused',
        'trialing',
        'unpaid',
      ),
    ),
    test_clock: unsupported,
  },
  check: checkPagination,
  execute(work, params) {
    const subscriptions = work.tx.all('subscriptions').values();
    return page('/v1/subscriptions', 'subscription', subscriptions, params, (subscription) => {
      const { customer, price, created } = params;
      return (
        hasStatus(subscription, params.status) &&
        (created?.(subscription.created) ?? true) &&
        (customer === undefined || customer === subscription.customer) &&
        (price === undefined || subscription.items.data.some((item) => item.price.id === price))
      );
    });
  },
});

/** Without a status asked for, whatever is not canceled; `ended` is canceled or never begun. */
function hasStatus({ status }: Stripe.Subscription, wanted: string | undefined): boolean {
  if (wanted === 'all') return true;
  if (wanted === 'ended') return status === 'canceled' || status === 'incomplete_expired';
  return wanted === undefined ? status !== 'canceled' : status === wanted;
}

export const subscriptionOperations = [create, retrieve, update, cancel, resume, list];
