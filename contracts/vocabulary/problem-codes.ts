/** Code to status and title. The OpenAPI enum `ProblemCode` mirrors the codes, and a test holds them equal. */
export const PROBLEMS = {
  malformed_request: { status: 400, title: 'Malformed request' },
  idempotency_key_required: { status: 400, title: 'Idempotency key required' },
  shop_context_required: { status: 400, title: 'Shop context required' },
  webhook_signature_invalid: { status: 400, title: 'Webhook signature invalid' },

  unauthenticated: { status: 401, title: 'Not authenticated' },
  gateway_signature_invalid: { status: 401, title: 'Gateway signature invalid' },

  forbidden: { status: 403, title: 'Not allowed' },
  origin_not_allowed: { status: 403, title: 'Origin not allowed' },
  shop_not_trading: { status: 403, title: 'Shop does not trade' },
  shop_not_settling: { status: 403, title: 'Shop does not settle' },

  not_found: { status: 404, title: 'Not found' },
  shop_unknown: { status: 404, title: 'Unknown shop' },
  host_unknown: { status: 404, title: 'Unknown host' },
  product_not_found: { status: 404, title: 'Product not found' },
  order_not_found: { status: 404, title: 'Order not found' },
  checkout_session_not_found: { status: 404, title: 'Checkout session not found' },
  hold_not_found: { status: 404, title: 'Hold not found' },
  price_not_found: { status: 404, title: 'Price not found' },
  subscription_not_found: { status: 404, title: 'Subscription not found' },

  method_not_allowed: { status: 405, title: 'Method not allowed' },

  inventory_insufficient: { status: 409, title: 'Not enough stock' },
  inventory_busy: { status: 409, title: 'Stock is busy' },
  inventory_unknown_variant: { status: 409, title: 'Unknown variant' },
  hold_expired: { status: 409, title: 'Hold expired' },
  hold_has_session: { status: 409, title: 'Hold has a checkout session' },
  idempotency_in_progress: { status: 409, title: 'Same request in progress' },
  contract_version_unsupported: { status: 409, title: 'Contract version not supported' },
  cart_already_paid: { status: 409, title: 'Cart already paid' },
  checkout_not_open: { status: 409, title: 'Checkout not open' },
  mapping_conflict: { status: 409, title: 'Host mapping conflict' },

  precondition_failed: { status: 412, title: 'Precondition failed' },

  payload_too_large: { status: 413, title: 'Payload too large' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type' },

  idempotency_key_reused: { status: 422, title: 'Idempotency key reused' },
  quantity_over_limit: { status: 422, title: 'Quantity over the limit' },
  cart_empty: { status: 422, title: 'Cart is empty' },
  currency_not_supported: { status: 422, title: 'Currency not supported' },
  coupon_invalid: { status: 422, title: 'Coupon invalid' },
  shipping_unavailable: { status: 422, title: 'Shipping unavailable' },
  rental_invalid: { status: 422, title: 'Rental invalid' },
  return_not_possible: { status: 422, title: 'Return not possible' },
  amount_invalid: { status: 422, title: 'Amount invalid' },
  host_invalid: { status: 422, title: 'Host invalid' },
  livemode_mismatch: { status: 422, title: 'Live mode mismatch' },

  precondition_required: { status: 428, title: 'Precondition required' },
  rate_limited: { status: 429, title: 'Too many requests' },

  internal_error: { status: 500, title: 'Internal error' },
  not_implemented: { status: 501, title: 'Not implemented' },
  payment_provider_unavailable: { status: 502, title: 'Payment provider unavailable' },
  service_unavailable: { status: 503, title: 'Service unavailable' },
  payment_outcome_unknown: { status: 503, title: 'Payment outcome unknown' },
} as const satisfies Record<string, { status: number; title: string }>;
