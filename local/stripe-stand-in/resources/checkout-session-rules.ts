import { invalidRequest, parameterMissing } from '../api/api-error.ts';
import type { FormTree } from '../api/form.ts';
import { unixSeconds } from '../work.ts';
import type { SessionCreateParams } from './checkout-session-params.ts';
import { checkAmountFitsCurrency } from './currencies.ts';

const MIN_LIFETIME_SECONDS = 30 * 60;
const MAX_LIFETIME_SECONDS = 24 * 60 * 60;

/** What each `ui_mode` does not allow, as the parameters' documentation says. */
const FORBIDDEN_BY_UI_MODE: Readonly<Record<string, readonly string[]>> = {
  elements: [
    'success_url',
    'cancel_url',
    'after_expiration',
    'branding_settings',
    'custom_fields',
    'custom_text',
    'optional_items',
    'origin_context',
    'redirect_on_completion',
    'submit_type',
  ],
  embedded_page: ['success_url', 'cancel_url'],
  form: ['optional_items', 'permissions', 'redirect_on_completion'],
  hosted_page: ['permissions', 'redirect_on_completion', 'return_url'],
};

/** Methods that never send the buyer to another site, so that no `return_url` is needed. */
const WITHOUT_REDIRECT = new Set(['card', 'link', 'sepa_debit', 'us_bank_account', 'bacs_debit']);

/** Refuses a parameter that the form's `ui_mode` forbids. */
export function checkUiModeAllows(form: FormTree): void {
  const uiMode = form.get('ui_mode') ?? 'hosted_page';
  if (typeof uiMode !== 'string') return;
  for (const param of FORBIDDEN_BY_UI_MODE[uiMode] ?? []) {
    if (!form.has(param)) continue;
    const message = `You can't set \`${param}\` when \`ui_mode\` is \`${uiMode}\`.`;
    throw invalidRequest(message, { param });
  }
}

/** The rules that need no other object: everything refused here leaves the idempotency key unused. */
export function checkSessionParams(params: SessionCreateParams, nowMs: number): void {
  checkMode(params);
  checkReturnUrls(params);
  checkCustomer(params);
  checkLifetime(params.expires_at, unixSeconds(nowMs));
  checkLines(params);
  checkShippingOptions(params);
}

function checkMode(params: SessionCreateParams): void {
  const mode = params.mode ?? 'payment';
  if (mode !== 'payment') {
    throw invalidRequest(`The Stripe stand-in does not support \`mode: ${mode}\`.`, {
      param: 'mode',
    });
  }
  if (params.payment_intent_data?.capture_method === 'manual') {
    throw invalidRequest('The Stripe stand-in does not support manual capture.', {
      param: 'payment_intent_data[capture_method]',
    });
  }
  for (const param of ['automatic_tax', 'invoice_creation'] as const) {
    if (params[param]?.enabled !== true) continue;
    throw invalidRequest(`The Stripe stand-in does not support \`${param}\`.`, { param });
  }
}

function checkReturnUrls(params: SessionCreateParams): void {
  const uiMode = params.ui_mode ?? 'hosted_page';
  if (uiMode === 'hosted_page' && params.success_url === undefined) {
    throw parameterMissing('success_url');
  }
  if (params.return_url !== undefined) return;
  if (uiMode === 'embedded_page' && params.redirect_on_completion !== 'never') {
    throw parameterMissing('return_url');
  }
  // This account has redirect-based methods switched on, as most have: the strict reading.
  const types = params.allowed_payment_method_types;
  const redirects = types === undefined || types.some((type) => !WITHOUT_REDIRECT.has(type));
  if (uiMode === 'elements' && redirects) throw parameterMissing('return_url');
}

function checkCustomer(params: SessionCreateParams): void {
  if (params.customer === undefined) return;
  for (const param of ['customer_email', 'customer_creation'] as const) {
    if (params[param] === undefined) continue;
    const message = `You may only specify one of these parameters: customer, ${param}.`;
    throw invalidRequest(message, { code: 'parameters_exclusive', param: 'customer' });
  }
}

function checkLifetime(expiresAt: number | undefined, nowSeconds: number): void {
  if (expiresAt === undefined) return;
  // Stripe names no `param` here.
  if (expiresAt < nowSeconds + MIN_LIFETIME_SECONDS) {
    throw invalidRequest(
      'The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.',
    );
  }
  if (expiresAt >= nowSeconds + MAX_LIFETIME_SECONDS) {
    throw invalidRequest(
      'The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.',
    );
  }
}

function checkLines(params: SessionCreateParams): void {
  if (params.line_items.length === 0) throw parameterMissing('line_items');
  const currency = params.currency ?? params.line_items[0]?.price_data?.currency;
  params.line_items.forEach((line, index) => {
    const path = `line_items[${index}]`;
    const price = line.price_data;
    if ((line.price === undefined) === (price === undefined)) {
      const message = `You must specify exactly one of \`price\` and \`price_data\` for ${path}.`;
      throw invalidRequest(message, { param: path });
    }
    if (price === undefined) return;
    if ((price.product === undefined) === (price.product_data === undefined)) {
      const message = `You must specify exactly one of \`product\` and \`product_data\` when creating a price, in ${path}[price_data].`;
      throw invalidRequest(message, { param: `${path}[price_data]` });
    }
    if (price.currency !== currency) {
      const message = `All line items must have the same currency: ${price.currency} is not ${currency}.`;
      throw invalidRequest(message, { param: `${path}[price_data][currency]` });
    }
    const param = `${path}[price_data][unit_amount]`;
    checkAmountFitsCurrency(price.unit_amount, price.currency, param);
  });
}

function checkShippingOptions(params: SessionCreateParams): void {
  const currency = params.currency ?? params.line_items[0]?.price_data?.currency;
  params.shipping_options?.forEach((option, index) => {
    const path = `shipping_options[${index}]`;
    const amount = option.shipping_rate_data?.fixed_amount;
    if ((option.shipping_rate === undefined) === (amount === undefined)) {
      const message = `You must specify exactly one of \`shipping_rate\` and \`shipping_rate_data\` for ${path}.`;
      throw invalidRequest(message, { param: path });
    }
    if (amount === undefined) return;
    const param = `${path}[shipping_rate_data][fixed_amount]`;
    if (amount.currency !== currency) {
      const message = `The shipping rate's currency ${amount.currency} is not the Session's, ${currency}.`;
      throw invalidRequest(message, { param: `${param}[currency]` });
    }
    checkAmountFitsCurrency(amount.amount, amount.currency, `${param}[amount]`);
  });
}
