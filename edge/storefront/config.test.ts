import { describe, expect, it } from 'vitest';
import { paymentUiFor, readConfig, type StorefrontEnv } from './config.ts';

const ENV: StorefrontEnv = {
  CATALOGUE: {} as StorefrontEnv['CATALOGUE'],
  CART_KEYS: JSON.stringify([{ keyId: 'a', secret: Buffer.alloc(32, 7).toString('base64') }]),
  PAYMENT_UI: 'stand-in',
  STAND_IN_URL: 'http://127.0.0.1:12111',
  STRIPE_PUBLISHABLE_KEY: '',
  PUBLIC_SCHEME: 'http',
  PUBLIC_PORT: '8787',
};

const STRIPE = {
  ...ENV,
  PAYMENT_UI: 'stripe',
  STRIPE_PUBLISHABLE_KEY: 'pk_test_abc',
  STAND_IN_URL: '',
};

describe('the storefront’s variables', () => {
  it('are read once for one environment', () => {
    expect(readConfig(ENV)).toBe(readConfig(ENV));
  });

  it('choose the payment form', () => {
    expect(readConfig(ENV).payment).toEqual({
      kind: 'stand-in',
      standInUrl: 'http://127.0.0.1:12111',
    });
    expect(readConfig(STRIPE).payment).toMatchObject({
      kind: 'stripe',
      publishableKey: 'pk_test_abc',
    });
  });

  it.each([
    [{ CART_KEYS: '' }, 'CART_KEYS is not set'],
    [{ PAYMENT_UI: '' }, 'PAYMENT_UI must be one of stripe, stand-in'],
    [{ STAND_IN_URL: '' }, 'STAND_IN_URL must match'],
    [{ STAND_IN_URL: 'http://a;script-src *' }, 'STAND_IN_URL must match'],
    [{ PAYMENT_UI: 'stripe' }, 'STRIPE_PUBLISHABLE_KEY must match'],
    [{ PAYMENT_UI: 'stripe', STRIPE_PUBLISHABLE_KEY: 'sk_live_secret' }, 'STRIPE_PUBLISHABLE_KEY'],
    [{ PUBLIC_SCHEME: 'ftp' }, 'PUBLIC_SCHEME must be one of http, https'],
    [{ PUBLIC_PORT: '8787/' }, 'PUBLIC_PORT must match'],
  ])('are refused by name: %o', (change, message) => {
    expect(() => readConfig({ ...ENV, ...change })).toThrow(message);
  });

  it('never repeat a secret key that was put in the publishable one’s place', () => {
    const env = { ...STRIPE, STRIPE_PUBLISHABLE_KEY: 'sk_live_secret' };
    expect(() => readConfig(env)).toThrow(/^(?!.*sk_live_secret)/);
  });

  it('take no test payments outside local mode', () => {
    const config = readConfig(ENV);
    expect(paymentUiFor(config, 'local').kind).toBe('stand-in');
    for (const environment of ['staging', 'production'] as const) {
      expect(() => paymentUiFor(config, environment)).toThrow('for local mode alone');
      expect(paymentUiFor(readConfig(STRIPE), environment).kind).toBe('stripe');
    }
  });
});
