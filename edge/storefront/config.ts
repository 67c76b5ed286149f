import type { Environment } from '@commerce/contracts/vocabulary/shop-context.ts';
import { type CartKey, parseCartKeys } from '../cart/cart-keys.ts';
import type { Catalogue } from './catalogue.ts';

/** Bindings and variables of the storefront Worker, as they come. */
export type StorefrontEnv = {
  /** The gateway's entrypoint `Catalogue`. */
  CATALOGUE: Catalogue;
  /** JSON `[{ keyId, secret }]`, secrets in base64; the first key signs. */
  CART_KEYS: string;
  /** Which payment form checkout shows: `stripe`, or `stand-in` in local mode alone. */
  PAYMENT_UI: string;
  /** With `stripe`: the key that Stripe.js is given, `pk_…`. */
  STRIPE_PUBLISHABLE_KEY?: string;
  /** With `stand-in`: its origin as the browser reaches it, such as `http://127.0.0.1:12111`. */
  STAND_IN_URL?: string;
  /** Scheme and port under which shops are reached, for absolute addresses. */
  PUBLIC_SCHEME: string;
  PUBLIC_PORT: string;
};

export type PaymentUi =
  | { kind: 'stripe'; publishableKey: string; stripeJsUrl: string }
  | { kind: 'stand-in'; standInUrl: string };

export type StorefrontConfig = {
  cartKeys: CartKey[];
  payment: PaymentUi;
  publicScheme: string;
  publicPort: string;
};

/** Stripe.js has a release for each version of the API; this is the one that the node service's SDK speaks. */
const STRIPE_JS_URL = 'https://js.stripe.com/endive/stripe.js';

const parsed = new WeakMap<StorefrontEnv, StorefrontConfig>();

/**
 * Reads the Worker's variables, once for each environment object.
 * @throws Error that names the variable that is missing or wrong: there is no default
 */
export function readConfig(env: StorefrontEnv): StorefrontConfig {
  const known = parsed.get(env);
  if (known !== undefined) return known;
  const config: StorefrontConfig = {
    cartKeys: parseCartKeys(env.CART_KEYS),
    payment: readPaymentUi(env),
    publicScheme: oneOf('PUBLIC_SCHEME', env.PUBLIC_SCHEME, ['http', 'https']),
    publicPort: matching('PUBLIC_PORT', env.PUBLIC_PORT, /^\d{0,5}$/),
  };
  parsed.set(env, config);
  return config;
}

/**
 * The stand-in takes orders for no money, so outside local mode it is refused.
 * @throws Error where a shop that is not local would show it
 */
export function paymentUiFor(config: StorefrontConfig, environment: Environment): PaymentUi {
  if (config.payment.kind === 'stand-in' && environment !== 'local') {
    throw new Error(`PAYMENT_UI stand-in is for local mode alone, not for ${environment}`);
  }
  return config.payment;
}

function readPaymentUi(env: StorefrontEnv): PaymentUi {
  const kind = oneOf('PAYMENT_UI', env.PAYMENT_UI, ['stripe', 'stand-in']);
  if (kind === 'stripe') {
    const publishableKey = matching(
      'STRIPE_PUBLISHABLE_KEY',
      env.STRIPE_PUBLISHABLE_KEY,
      /^pk_(test|live)_\w+$/,
    );
    return { kind, publishableKey, stripeJsUrl: STRIPE_JS_URL };
  }
  const standInUrl = matching('STAND_IN_URL', env.STAND_IN_URL, /^https?:\/\/[a-z0-9.-]+(:\d+)?$/);
  return { kind, standInUrl };
}

function oneOf<T extends string>(
  name: string,
  value: string | undefined,
  allowed: readonly T[],
): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) {
    throw new Error(`${name} must be one of ${allowed.join(', ')}, not ${JSON.stringify(value)}`);
  }
  return found;
}

function matching(name: string, value: string | undefined, form: RegExp): string {
  if (value === undefined || !form.test(value)) {
    // The value stays out of the message: somebody may have put a secret in the wrong place.
    throw new Error(`${name} must match ${form.source}`);
  }
  return value;
}
