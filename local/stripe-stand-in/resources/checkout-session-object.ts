import type Stripe from 'stripe';
import { refused, resourceMissing } from '../api/api-error.ts';
import { newSessionId, randomAlphanumeric } from '../ids.ts';
import type { IntentTemplate, Line, SessionRecord } from '../store/records.ts';
import { unixSeconds, type Work } from '../work.ts';
import { toShipping } from './address.ts';
import type { PaymentIntentDataParams, SessionCreateParams } from './checkout-session-params.ts';
import { requireValidCoupon } from './coupons.ts';
import { checkTotalAmount } from './currencies.ts';
import { requireCustomer } from './customers.ts';
import { discountLines, priceLines } from './line-items.ts';
import { createShippingRate, type FixedRate } from './shipping-rates.ts';

const DEFAULT_LIFETIME_SECONDS = 24 * 60 * 60;

interface Priced {
  readonly lines: readonly Line[];
  readonly currency: string;
  readonly subtotal: number;
  readonly discount: number;
  readonly rates: readonly FixedRate[];
  readonly shipping: number;
  readonly total: number;
}

/** Makes a new open Session of parameters that are right in themselves. Throws Stripe's 400s. */
export function buildSession(work: Work, params: SessionCreateParams): SessionRecord {
  const customer =
    params.customer === undefined ? undefined : requireCustomer(work, params.customer, 'customer');
  const priced = priceSession(work, params);
  const id = newSessionId();
  const uiMode = params.ui_mode ?? 'hosted_page';
  const created = unixSeconds(work.nowMs);
  const session: Stripe.Checkout.Session = {
    id,
    ...sessionDefaults,
    adaptive_pricing: { enabled: params.adaptive_pricing?.enabled ?? true },
    allowed_payment_method_types: params.allowed_payment_method_types ?? null,
    amount_subtotal: priced.subtotal,
    amount_total: priced.total,
    billing_address_collection: params.billing_address_collection ?? null,
    cancel_url: params.cancel_url ?? null,
    client_reference_id: params.client_reference_id ?? null,
    client_secret:
      uiMode === 'elements' || uiMode === 'embedded_page'
        ? `${id}_secret_${randomAlphanumeric(48)}`
        : null,
    created,
    currency: priced.currency,
    customer: customer?.id ?? null,
    customer_creation: customer ? null : (params.customer_creation ?? 'if_required'),
    customer_details: openCustomerDetails(params, customer),
    customer_email: params.customer_email ?? null,
    discounts: (params.discounts ?? []).map(({ coupon }) => ({
      coupon: coupon ?? null,
      promotion_code: null,
    })),
    expires_at: params.expires_at ?? created + DEFAULT_LIFETIME_SECONDS,
    integration_identifier: params.integration_identifier ?? null,
    locale: params.locale ?? null,
    metadata: params.metadata ?? {},
    mode: 'payment',
    origin_context: params.origin_context ?? null,
    payment_method_types: methodTypes(params),
    payment_status: priced.total === 0 ? 'no_payment_required' : 'unpaid',
    phone_number_collection: { enabled: params.phone_number_collection?.enabled ?? false },
    shipping_address_collection: params.shipping_address_collection ?? null,
    shipping_cost: shippingCost(priced.rates[0]),
    shipping_options: priced.rates.map((rate) => ({
      shipping_amount: rate.fixed_amount.amount,
      shipping_rate: rate.id,
    })),
    submit_type: params.submit_type ?? null,
    success_url: params.success_url ?? null,
    total_details: {
      amount_discount: priced.discount,
      amount_shipping: priced.shipping,
      amount_tax: 0,
    },
    ui_mode: uiMode,
    url: uiMode === 'hosted_page' ? `${work.settings.publicUrl}/c/pay/${id}` : null,
    ...(params.excluded_payment_method_types === undefined
      ? {}
      : { excluded_payment_method_types: params.excluded_payment_method_types }),
    ...(uiMode === 'embedded_page'
      ? { redirect_on_completion: params.redirect_on_completion ?? 'always' }
      : {}),
    ...(params.return_url === undefined ? {} : { return_url: params.return_url }),
  };
  return { session, lines: priced.lines, intent: intentTemplate(params.payment_intent_data) };
}

/** What no parameter the stand-in takes can change. */
const sessionDefaults = {
  object: 'checkout.session',
  after_expiration: null,
  allow_promotion_codes: null,
  automatic_tax: { enabled: false, liability: null, provider: null, status: null },
  collected_information: null,
  consent: null,
  consent_collection: null,
  currency_conversion: null,
  custom_fields: [],
  custom_text: {
    after_submit: null,
    shipping_address: null,
    submit: null,
    terms_of_service_acceptance: null,
  },
  customer_account: null,
  invoice: null,
  invoice_creation: {
    enabled: false,
    invoice_data: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: null,
      metadata: {},
      rendering_options: null,
    },
  },
  livemode: false,
  managed_payments: { enabled: false },
  payment_intent: null,
  payment_link: null,
  payment_method_collection: 'if_required',
  payment_method_configuration_details: null,
  payment_method_options: { card: { request_three_d_secure: 'automatic' } },
  permissions: null,
  recovered_from: null,
  saved_payment_method_options: null,
  setup_intent: null,
  status: 'open',
  subscription: null,
  wallet_options: null,
} satisfies Partial<Stripe.Checkout.Session>;

function priceSession(work: Work, params: SessionCreateParams): Priced {
  const undiscounted = priceLines(params.line_items, unixSeconds(work.nowMs));
  const currency = undiscounted[0]?.currency ?? '';
  const subtotal = undiscounted.reduce((sum, line) => sum + line.amountSubtotal, 0);
  const discount = (params.discounts ?? []).reduce(
    (sum, { coupon }, index) =>
      coupon === undefined ? sum : sum + discountOf(work, coupon, index, subtotal, currency),
    0,
  );
  const rates = (params.shipping_options ?? []).map((option, index) => {
    if (option.shipping_rate_data) return createShippingRate(work, option.shipping_rate_data);
    const param = `shipping_options[${index}][shipping_rate]`;
    throw resourceMissing('shipping_rate', option.shipping_rate ?? '', param, 'in_parameter');
  });
  // Until the buyer chooses, the first rate is the chosen one.
  const shipping = rates[0]?.fixed_amount.amount ?? 0;
  const total = subtotal - discount + shipping;
  checkTotalAmount(total, currency);
  const lines = discountLines(undiscounted, discount);
  return { lines, currency, subtotal, discount, rates, shipping, total };
}

function discountOf(
  work: Work,
  couponId: string,
  index: number,
  subtotal: number,
  currency: string,
): number {
  const param = `discounts[${index}][coupon]`;
  const coupon = requireValidCoupon(work, couponId, param);
  if (coupon.percent_off !== null) return Math.round((subtotal * coupon.percent_off) / 100);
  if (coupon.currency !== currency) {
    const message = `Coupon ${couponId} takes off an amount in ${coupon.currency}, and the Session is in ${currency}.`;
    throw refused(message, { param });
  }
  return Math.min(coupon.amount_off ?? 0, subtotal);
}

function shippingCost(rate: FixedRate | undefined): Stripe.Checkout.Session.ShippingCost | null {
  if (rate === undefined) return null;
  const { amount } = rate.fixed_amount;
  return { amount_subtotal: amount, amount_tax: 0, amount_total: amount, shipping_rate: rate.id };
}

function methodTypes(params: SessionCreateParams): string[] {
  const offered = params.allowed_payment_method_types ?? ['card', 'sepa_debit'];
  return offered.filter((type) => !params.excluded_payment_method_types?.includes(type));
}

function openCustomerDetails(
  params: SessionCreateParams,
  customer: Stripe.Customer | undefined,
): Stripe.Checkout.Session.CustomerDetails | null {
  const email = params.customer_email ?? customer?.email ?? null;
  if (email === null) return null;
  return {
    address: null,
    business_name: null,
    email,
    individual_name: null,
    name: null,
    phone: null,
    tax_exempt: 'none',
    tax_ids: null,
  };
}

function intentTemplate(data: PaymentIntentDataParams | undefined): IntentTemplate {
  return {
    metadata: data?.metadata ?? {},
    description: data?.description ?? null,
    receiptEmail: data?.receipt_email ?? null,
    captureMethod: data?.capture_method === 'automatic' ? 'automatic' : 'automatic_async',
    setupFutureUsage: data?.setup_future_usage ?? null,
    shipping: data?.shipping === undefined ? null : toShipping(data.shipping),
    statementDescriptor: data?.statement_descriptor ?? null,
    statementDescriptorSuffix: data?.statement_descriptor_suffix ?? null,
    transferGroup: data?.transfer_group ?? null,
  };
}
