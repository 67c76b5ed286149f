import { boolean, currency, email, integer, oneOf, text, url } from '../api/scalars.ts';
import { hash, list, metadata, optional, type Parsed, unsupported } from '../api/schema.ts';
import { shippingParams } from './address.ts';
import { MAX_AMOUNT } from './currencies.ts';
import { shippingRateDataParams } from './shipping-rates.ts';

const lineItem = hash({
  adjustable_quantity: unsupported,
  metadata: optional(metadata),
  price: optional(text()),
  price_data: optional(
    hash({
      currency,
      product: optional(text()),
      product_data: optional(
        hash({
          description: optional(text()),
          images: optional(list(url, 8)),
          metadata: optional(metadata),
          name: text(),
          tax_code: optional(text()),
          tax_details: unsupported,
          unit_label: optional(text(12)),
        }),
      ),
      recurring: unsupported,
      tax_behavior: optional(oneOf('exclusive', 'inclusive', 'unspecified')),
      unit_amount: integer({ min: 0, max: MAX_AMOUNT }),
      unit_amount_decimal: unsupported,
    }),
  ),
  quantity: integer({ min: 1, max: 999_999 }),
  tax_rates: unsupported,
});

const paymentIntentData = hash({
  application_fee_amount: unsupported,
  capture_method: optional(oneOf('automatic', 'automatic_async', 'manual')),
  description: optional(text(1_000)),
  metadata: optional(metadata),
  on_behalf_of: unsupported,
  receipt_email: optional(email),
  setup_future_usage: optional(oneOf('off_session', 'on_session')),
  shipping: optional(hash(shippingParams)),
  statement_descriptor: optional(text(22)),
  statement_descriptor_suffix: optional(text(22)),
  transfer_data: unsupported,
  transfer_group: optional(text()),
});

const paymentMethodTypes = optional(list(text(40), 50));

/**
 * Every parameter that `checkout.sessions.create` documents in this API version. What the stand-in
 * does not have is named as such, so that it is refused and never ignored.
 */
export const sessionCreateParams = {
  adaptive_pricing: optional(hash({ enabled: optional(boolean) })),
  after_expiration: unsupported,
  allow_promotion_codes: unsupported,
  allowed_payment_method_types: paymentMethodTypes,
  automatic_tax: optional(hash({ enabled: boolean, liability: unsupported })),
  billing_address_collection: optional(oneOf('auto', 'required')),
  branding_settings: unsupported,
  cancel_url: optional(url),
  client_reference_id: optional(text(200)),
  consent_collection: unsupported,
  currency: optional(currency),
  custom_fields: unsupported,
  custom_text: unsupported,
  customer: optional(text()),
  customer_account: unsupported,
  customer_creation: optional(oneOf('always', 'if_required')),
  customer_email: optional(email),
  customer_update: unsupported,
  discounts: optional(list(hash({ coupon: optional(text()), promotion_code: unsupported }), 1)),
  excluded_payment_method_types: paymentMethodTypes,
  expires_at: optional(integer({ min: 0 })),
  integration_identifier: optional(text()),
  invoice_creation: optional(hash({ enabled: boolean, invoice_data: unsupported })),
  line_items: list(lineItem, 100),
  locale: optional(text(10)),
  managed_payments: unsupported,
  metadata: optional(metadata),
  mode: optional(oneOf('payment', 'setup', 'subscription')),
  name_collection: unsupported,
  optional_items: unsupported,
  origin_context: optional(oneOf('mobile_app', 'web')),
  payment_intent_data: optional(paymentIntentData),
  payment_method_collection: unsupported,
  payment_method_configuration: unsupported,
  payment_method_data: unsupported,
  payment_method_options: unsupported,
  permissions: unsupported,
  phone_number_collection: optional(hash({ enabled: boolean })),
  redirect_on_completion: optional(oneOf('always', 'if_required', 'never')),
  return_url: optional(url),
  saved_payment_method_options: unsupported,
  setup_intent_data: unsupported,
  shipping_address_collection: optional(hash({ allowed_countries: list(text(2), 250) })),
  shipping_options: optional(
    list(
      hash({
        shipping_rate: optional(text()),
        shipping_rate_data: optional(hash(shippingRateDataParams)),
      }),
      5,
    ),
  ),
  submit_type: optional(oneOf('auto', 'book', 'donate', 'pay', 'subscribe')),
  subscription_data: unsupported,
  success_url: optional(url),
  tax_id_collection: unsupported,
  ui_mode: optional(oneOf('elements', 'embedded_page', 'form', 'hosted_page')),
  wallet_options: unsupported,
};

export type SessionCreateParams = Parsed<typeof sessionCreateParams>;
export type LineItemParams = SessionCreateParams['line_items'][number];
export type PaymentIntentDataParams = Parsed<{ data: typeof paymentIntentData }>['data'];
