/** Events as Stripe writes them, of the size that they have: some 3,500 bytes. */
import Stripe from 'stripe';
import { AMOUNT, type Events, shopOf } from './orders.ts';

/** The event of this number. Of its id and its object's a duplicate has the ones of an event before it. */
export function eventOf(events: Events, number: number): { readonly id: string; json: string } {
  const five = Math.floor(number / 5);
  const place = number % 5;
  if (place === 4) return ofNoInterest(events, number);
  // A duplicate comes after what it repeats: of this five, or of one some way back.
  const repeated = Math.max(0, five - (five % 3) * 7);
  return completed(events, place === 3 ? repeated * 3 + (five % 3) : five * 3 + place);
}

function completed({ round, shops, poisonedShops }: Events, order: number) {
  const shop = shopOf(order, shops);
  const isPoison = order % shops < poisonedShops;
  const metadata = {
    shop_id: shop,
    order_id: `ord_${round}_${order}`,
    hold_id: `hold_${round}_${order}`,
  };
  return written(`evt_${round}_o${order}`, 'checkout.session.completed', {
    id: `cs_${round}_${order}`,
    object: 'checkout.session',
    ...SESSION,
    // No amount of any currency: whoever applies it fails each time.
    amount_total: isPoison ? AMOUNT + 0.5 : AMOUNT,
    payment_intent: `pi_${round}_${order}`,
    metadata,
  });
}

function ofNoInterest({ round }: Events, number: number) {
  return written(`evt_${round}_p${number}`, 'product.updated', {
    ...SESSION,
    id: `prod_${round}_${number}`,
    object: 'product',
    metadata: {},
  });
}

function written(id: string, type: string, object: object) {
  const event = {
    id,
    object: 'event',
    api_version: Stripe.API_VERSION,
    created: Math.floor(Date.now() / 1_000),
    data: { object },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
  };
  return { id, json: JSON.stringify(event, null, 2) };
}

/** The members that are the same in every session of ours. */
const SESSION = {
  adaptive_pricing: { enabled: false },
  after_expiration: null,
  allow_promotion_codes: null,
  amount_subtotal: AMOUNT,
  automatic_tax: { enabled: false, liability: null, provider: null, status: null },
  billing_address_collection: null,
  cancel_url: null,
  client_reference_id: null,
  client_secret: null,
  collected_information: { business_name: null, individual_name: null, shipping_details: null },
  consent: null,
  consent_collection: null,
  created: 1_795_000_000,
  currency: 'eur',
  currency_conversion: null,
  custom_fields: [],
  custom_text: {
    after_submit: null,
    shipping_address: null,
    submit: null,
    terms_of_service_acceptance: null,
  },
  customer: null,
  customer_creation: 'if_required',
  customer_details: {
    address: {
      city: 'Galway',
      country: 'IE',
      line1: '12 Quay Street',
      line2: null,
      postal_code: 'H91 E2K7',
      state: null,
    },
    business_name: null,
    email: 'buyer@example.com',
    individual_name: null,
    name: 'A Buyer of Things',
    phone: null,
    tax_exempt: 'none',
    tax_ids: [],
  },
  customer_email: 'buyer@example.com',
  discounts: [],
  expires_at: 1_795_001_860,
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
  locale: 'en',
  mode: 'payment',
  origin_context: null,
  payment_link: null,
  payment_method_collection: 'if_required',
  payment_method_configuration_details: { id: 'pmc_1QabcDEF01234567', parent: null },
  payment_method_options: { card: { request_three_d_secure: 'automatic' } },
  payment_method_types: ['card', 'link', 'klarna'],
  payment_status: 'paid',
  permissions: null,
  phone_number_collection: { enabled: false },
  recovered_from: null,
  redirect_on_completion: 'always',
  return_url: 'https://shop.example.com/en-IE/checkout/return?session_id={CHECKOUT_SESSION_ID}',
  saved_payment_method_options: null,
  setup_intent: null,
  shipping_address_collection: null,
  shipping_cost: null,
  shipping_options: [],
  status: 'complete',
  submit_type: null,
  subscription: null,
  success_url: null,
  total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
  ui_mode: 'elements',
  url: null,
  wallet_options: null,
};
