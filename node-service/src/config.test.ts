import { describe, expect, test } from 'vitest';
import { type Config, ConfigError, readConfig, readDatabaseUrl, readTokenKeys } from './config.ts';

const SECRET = Buffer.alloc(32, 7).toString('base64');
const LOCAL: Readonly<Record<string, string>> = {
  ENVIRONMENT: 'local',
  TENANT_DATABASE_URL: 'postgres://commerce_tenant:secret@127.0.0.1:5432/commerce',
  PLATFORM_DATABASE_URL: 'postgres://commerce_platform:secret@127.0.0.1:5432/commerce',
  GATEWAY_PUBLIC_KEYS: '{"gateway-1":"MCowBQYDK2VwAyEA"}',
  TOKEN_KEYS: JSON.stringify([{ keyId: 'k1', secret: SECRET }]),
  STRIPE_SECRET_KEY: 'sk_test_1',
  STRIPE_WEBHOOK_SECRETS: 'whsec_1',
  STRIPE_BILLING_WEBHOOK_SECRETS: 'whsec_2',
  PUBLIC_SCHEME: 'http',
};

const read = (changes: Readonly<Record<string, string | undefined>> = {}): Config =>
  readConfig({ ...LOCAL, ...changes });

function messageOf(changes: Readonly<Record<string, string | undefined>>): string {
  try {
    read(changes);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('the configuration', () => {
  test('is read from the environment once, frozen, with documented defaults for all that is no secret', () => {
    const config = read();
    expect(config).toMatchObject({
      environment: 'local',
      port: 3000,
      timing: {
        sessionLifetimeSeconds: 1_860,
        holdTtlSeconds: 1_980,
        claimLeaseSeconds: 45,
        recoveryDelaySeconds: 60,
      },
      stripe: { webhookSecrets: ['whsec_1'], apiBase: undefined },
      killAt: undefined,
    });
    expect([config, config.stripe, config.timing, config.tokenKeys].every(Object.isFrozen)).toBe(
      true,
    );
  });

  test('outlives by its hold the session, and by its lease the slowest call to Stripe, if nobody says otherwise', () => {
    const { timing, stripe } = read();
    expect(timing.holdTtlSeconds).toBeGreaterThan(timing.sessionLifetimeSeconds);
    expect(timing.claimLeaseSeconds * 1_000).toBeGreaterThan(2 * stripe.timeoutMs);
  });

  test.each(Object.keys(LOCAL))('does not start without %s, and names it', (name) => {
    for (const missing of [undefined, '']) {
      expect(messageOf({ [name]: missing })).toBe(`${name} is not set, and has no default`);
    }
  });

  test.each([
    ['ENVIRONMENT', 'development'],
    ['NODE_SERVICE_PORT', '65536'],
    ['NODE_SERVICE_PORT', 'http'],
    ['DATABASE_POOL_SIZE', '1'],
    ['STRIPE_TIMEOUT_MS', '1.5'],
    ['SESSION_LIFETIME_SECONDS', '1799'],
    ['CLAIM_LEASE_SECONDS', '0'],
    ['PUBLIC_SCHEME', 'ftp'],
    ['LOG_LEVEL', 'loud'],
    ['GATEWAY_PUBLIC_KEYS', '{}'],
    ['GATEWAY_PUBLIC_KEYS', '{"a":1}'],
    ['GATEWAY_PUBLIC_KEYS', 'null'],
    ['GATEWAY_PUBLIC_KEYS', '{'],
    ['TOKEN_KEYS', '[]'],
    ['TOKEN_KEYS', '[{"keyId":"k1","secret":"short"}]'],
    ['TOKEN_KEYS', `[{"keyId":"k1","secret":"${'!'.repeat(44)}"}]`],
    ['STRIPE_WEBHOOK_SECRETS', ' , '],
    ['STRIPE_API_BASE', 'localhost'],
    ['ALERT_WEBHOOK_URL', 'alerts.example.com'],
    ['ALERT_WEBHOOK_TOKEN', 'two words'],
    ['ALERT_QUIET_SECONDS', '0'],
    ['TENANT_DATABASE_URL', 'mysql://localhost/commerce'],
    ['PLATFORM_DATABASE_URL', 'commerce'],
  ])('does not start with %s=%s, and names it', (name, value) => {
    expect(messageOf({ [name]: value })).toMatch(new RegExp(`^${name} `));
  });

  test('never repeats a secret in what it complains of', () => {
    const secret = 'sk_live_very_secret';
    for (const name of ['STRIPE_SECRET_KEY', 'TOKEN_KEYS', 'TENANT_DATABASE_URL']) {
      expect(messageOf({ [name]: secret })).not.toContain(secret);
    }
  });

  test.each([
    ['local', 'sk_live_1'],
    ['staging', 'sk_live_1'],
    ['staging', 'rk_live_1'],
    ['production', 'sk_test_1'],
  ])('does not start in %s with %s: live mode is production alone', (environment, key) => {
    expect(messageOf({ ENVIRONMENT: environment, STRIPE_SECRET_KEY: key })).toMatch(
      /^STRIPE_SECRET_KEY is a (live|test) key, and the environment is/,
    );
  });

  test.each(['KILL_AT', 'STRIPE_API_BASE'])('takes %s in the local environment alone', (name) => {
    const value = 'http://127.0.0.1:12111';
    expect(messageOf({ [name]: value })).toBe('accepted');
    expect(messageOf({ [name]: value, ENVIRONMENT: 'staging' })).toBe(
      `${name} may be set in the local environment alone`,
    );
  });

  test('posts alerts over https alone, but for the local environment, and repeats no URL', () => {
    const http = { ALERT_WEBHOOK_URL: 'http://alerts.example.com/secret' };
    expect(messageOf(http)).toBe('accepted');
    const refusal = messageOf({ ...http, ENVIRONMENT: 'staging' });
    expect(refusal).toBe('ALERT_WEBHOOK_URL must be a URL that begins with https://');
    const https = { ALERT_WEBHOOK_URL: 'https://alerts.example.com/secret' };
    expect(messageOf({ ...https, ENVIRONMENT: 'staging' })).toBe('accepted');
    expect(read().alerts).toEqual({
      webhookUrl: undefined,
      webhookToken: undefined,
      quietSeconds: 300,
      backlogMinutes: 5,
      unresolvedPerHour: 10,
    });
  });

  test('asks for four eyes where it is told to, and takes nothing but on and off', () => {
    expect(read({}).fourEyesAssociations).toBe(false);
    expect(read({ FOUR_EYES_ASSOCIATIONS: 'on' }).fourEyesAssociations).toBe(true);
    expect(read({ FOUR_EYES_ASSOCIATIONS: 'off' }).fourEyesAssociations).toBe(false);
    expect(messageOf({ FOUR_EYES_ASSOCIATIONS: 'yes' })).toBe(
      'FOUR_EYES_ASSOCIATIONS is "yes"; it must be on or off',
    );
  });

  test('holds several keys and secrets at once, so that each can be rotated', () => {
    const config = read({
      GATEWAY_PUBLIC_KEYS: '{"old":"b","new":"c"}',
      TOKEN_KEYS: JSON.stringify([
        { keyId: 'new', secret: SECRET },
        { keyId: 'old', secret: SECRET },
      ]),
      STRIPE_WEBHOOK_SECRETS: 'whsec_new, whsec_old',
    });
    expect(Object.keys(config.gatewayPublicKeys)).toEqual(['old', 'new']);
    expect(config.tokenKeys.map(({ keyId }) => keyId)).toEqual(['new', 'old']);
    expect(config.stripe.webhookSecrets).toEqual(['whsec_new', 'whsec_old']);
  });

  test('gives the commands beside the service what they need, by the same rules', () => {
    const url = 'postgres://postgres@127.0.0.1/postgres';
    expect(readDatabaseUrl('ADMIN_DATABASE_URL', { ADMIN_DATABASE_URL: url })).toBe(url);
    expect(() => readDatabaseUrl('ADMIN_DATABASE_URL', {})).toThrow(
      'ADMIN_DATABASE_URL is not set',
    );
    expect(readTokenKeys(LOCAL)).toEqual([{ keyId: 'k1', secret: SECRET }]);
  });
});
