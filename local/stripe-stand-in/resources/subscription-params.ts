import { boolean, currency, integer, oneOf, text } from '../api/scalars.ts';
import {
  emptyable,
  hash,
  list,
  metadata,
  optional,
  type Parsed,
  unsupported,
} from '../api/schema.ts';

const MAX_ITEMS = 20;

const paymentSettings = hash({
  payment_method_options: unsupported,
  payment_method_types: optional(list(text(40), 50)),
  save_default_payment_method: optional(oneOf('off', 'on_subscription')),
});

const trialSettings = hash({
  end_behavior: hash({
    billing_cycle_anchor: unsupported,
    missing_payment_method: oneOf('cancel', 'create_invoice', 'pause'),
  }),
});

const cancellationDetails = hash({
  comment: optional(emptyable(text())),
  feedback: optional(
    emptyable(
      oneOf(
        'customer_service',
        'low_quality',
        'missing_features',
        'other',
        'switched_service',
        'too_complex',
        'too_expensive',
        'unused',
      ),
    ),
  ),
  feedback_option: unsupported,
});

const refusedByBoth = {
  add_invoice_items: unsupported,
  application_fee_percent: unsupported,
  automatic_tax: optional(hash({ enabled: oneOf('false'), liability: unsupported })),
  billing_schedules: unsupported,
  billing_thresholds: unsupported,
  cancel_at: unsupported,
  days_until_due: unsupported,
  default_source: unsupported,
  default_tax_rates: unsupported,
  discounts: unsupported,
  invoice_settings: unsupported,
  on_behalf_of: unsupported,
  pending_invoice_item_interval: unsupported,
  transfer_data: unsupported,
  trial_from_plan: unsupported,
};

/** Every parameter of `subscriptions.create` in this API version; what the stand-in does not have is refused. */
export const subscriptionCreateParams = {
  ...refusedByBoth,
  backdate_start_date: unsupported,
  billing_cycle_anchor: unsupported,
  billing_cycle_anchor_config: unsupported,
  billing_mode: optional(hash({ flexible: unsupported, type: oneOf('flexible') })),
  cancel_at_period_end: optional(boolean),
  collection_method: optional(oneOf('charge_automatically')),
  currency: optional(currency),
  customer: text(),
  customer_account: unsupported,
  default_payment_method: optional(text()),
  description: optional(text(500)),
  items: list(
    hash({
      billing_thresholds: unsupported,
      current_trial: unsupported,
      discounts: unsupported,
      metadata: optional(metadata),
      plan: unsupported,
      price: text(),
      price_data: unsupported,
      quantity: optional(integer({ min: 0, max: 999_999 })),
      tax_rates: unsupported,
    }),
    MAX_ITEMS,
  ),
  metadata: optional(metadata),
  off_session: optional(boolean),
  payment_behavior: optional(
    oneOf('allow_incomplete', 'default_incomplete', 'error_if_incomplete'),
  ),
  payment_settings: optional(paymentSettings),
  // A first period has nothing to prorate, so it changes nothing.
  proration_behavior: optional(oneOf('always_invoice', 'create_prorations', 'none')),
  trial_end: optional(integer({ min: 0 })),
  trial_period_days: optional(integer({ min: 1, max: 730 })),
  trial_settings: optional(trialSettings),
};

/** Every parameter of `subscriptions.update`, as above. */
export const subscriptionUpdateParams = {
  ...refusedByBoth,
  billing_cycle_anchor: optional(oneOf('unchanged')),
  cancel_at_period_end: optional(boolean),
  cancellation_details: optional(cancellationDetails),
  collection_method: optional(oneOf('charge_automatically')),
  default_payment_method: optional(text()),
  description: optional(emptyable(text(500))),
  items: optional(
    list(
      hash({
        billing_thresholds: unsupported,
        clear_usage: unsupported,
        current_trial: unsupported,
        deleted: optional(boolean),
        discounts: unsupported,
        id: optional(text()),
        metadata: optional(metadata),
        plan: unsupported,
        price: optional(text()),
        price_data: unsupported,
        quantity: optional(integer({ min: 0, max: 999_999 })),
        tax_rates: unsupported,
      }),
      MAX_ITEMS,
    ),
  ),
  metadata: optional(metadata),
  off_session: optional(boolean),
  pause_collection: optional(
    emptyable(
      hash({
        behavior: oneOf('keep_as_draft', 'mark_uncollectible', 'void'),
        resumes_at: optional(integer({ min: 0 })),
      }),
    ),
  ),
  payment_behavior: optional(oneOf('allow_incomplete', 'default_incomplete')),
  payment_settings: optional(paymentSettings),
  proration_behavior: optional(oneOf('always_invoice', 'create_prorations', 'none')),
  proration_date: unsupported,
  trial_end: unsupported,
  trial_settings: optional(trialSettings),
};

export const subscriptionCancelParams = {
  cancellation_details: optional(cancellationDetails),
  invoice_now: unsupported,
  prorate: unsupported,
};

export type SubscriptionCreateParams = Parsed<typeof subscriptionCreateParams>;
export type SubscriptionUpdateParams = Parsed<typeof subscriptionUpdateParams>;
