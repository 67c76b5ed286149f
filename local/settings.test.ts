import { expect, test } from 'vitest';
import { readSettings } from './settings.ts';

const stripe = {
  STRIPE_SECRET_KEY: 'sk_test_1',
  STRIPE_PUBLISHABLE_KEY: 'pk_test_1',
  STRIPE_WEBHOOK_SECRET: 'whsec_1',
  STRIPE_BILLING_WEBHOOK_SECRET: 'whsec_2',
};

test('nothing is real unless the environment says so', () => {
  expect(readSettings({})).toEqual({ databaseUrl: undefined, stripe: undefined, serviceEnv: {} });
});

test('a Stripe key of one’s own replaces the stand-in', () => {
  expect(readSettings(stripe).stripe).toEqual({
    secretKey: 'sk_test_1',
    publishableKey: 'pk_test_1',
    webhookSecret: 'whsec_1',
    billingWebhookSecret: 'whsec_2',
  });
});

test('names every Stripe secret that is missing beside the key', () => {
  expect(() => readSettings({ STRIPE_SECRET_KEY: 'sk_test_1' })).toThrow(
    'missing: STRIPE_PUBLISHABLE_KEY, STRIPE_WEBHOOK_SECRET, STRIPE_BILLING_WEBHOOK_SECRET',
  );
});

test('refuses a live key', () => {
  expect(() => readSettings({ ...stripe, STRIPE_SECRET_KEY: 'sk_live_1' })).toThrow('live key');
});

test('refuses a database that is not Postgres, without repeating its password', () => {
  const failure = () => readSettings({ DATABASE_URL: 'mysql://root:hunter2@db' });
  expect(failure).toThrow('DATABASE_URL must be a postgres:// URL');
  expect(failure).not.toThrow('hunter2');
});

test('passes on what the services know, and nothing else', () => {
  const { serviceEnv } = readSettings({
    LOG_LEVEL: 'debug',
    HOLD_TTL_SECONDS: '5',
    AWS_SECRET: 'x',
  });
  expect(serviceEnv).toEqual({ LOG_LEVEL: 'debug', HOLD_TTL_SECONDS: '5' });
});
