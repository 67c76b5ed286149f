/** What of a local platform is real: by default nothing. */
export type Settings = {
  /** An administrator's URL of a Postgres of one's own; undefined for the embedded one. */
  databaseUrl: string | undefined;
  /** Undefined for the stand-in. */
  stripe: RealStripe | undefined;
  /** Passed on to the node service and the jobs: log level, timings, pool sizes. */
  serviceEnv: Readonly<Record<string, string>>;
};

export type RealStripe = {
  secretKey: string;
  publishableKey: string;
  webhookSecret: string;
  billingWebhookSecret: string;
};

type Source = Readonly<Record<string, string | undefined>>;

/** Variables of the services that a person may set for a local platform. */
const PASSED_ON = [
  'LOG_LEVEL',
  'DATABASE_POOL_SIZE',
  'STRIPE_TIMEOUT_MS',
  'SESSION_LIFETIME_SECONDS',
  'HOLD_TTL_SECONDS',
  'CLAIM_LEASE_SECONDS',
  'RECOVERY_DELAY_SECONDS',
  'ALERT_WEBHOOK_URL',
  'ALERT_WEBHOOK_TOKEN',
  'ALERT_QUIET_SECONDS',
  'ALERT_BACKLOG_MINUTES',
  'ALERT_UNRESOLVED_PER_HOUR',
  'KILL_AT',
] as const;

/** Reads the settings from the environment. Throws naming everything that is missing or cannot be. */
export function readSettings(env: Source): Settings {
  const databaseUrl = env.DATABASE_URL || undefined;
  if (databaseUrl !== undefined && !/^postgres(ql)?:\/\//.test(databaseUrl)) {
    throw new Error('DATABASE_URL must be a postgres:// URL of an administrator');
  }
  const serviceEnv: Record<string, string> = {};
  for (const name of PASSED_ON) {
    const value = env[name];
    if (value) serviceEnv[name] = value;
  }
  return { databaseUrl, stripe: readStripe(env), serviceEnv };
}

function readStripe(env: Source): RealStripe | undefined {
  const secretKey = env.STRIPE_SECRET_KEY;
  if (!secretKey) return undefined;
  if (/^(sk|rk)_live_/.test(secretKey)) {
    throw new Error(
      'STRIPE_SECRET_KEY is a live key: a local platform takes a test key (sk_test_…), or none for the stand-in',
    );
  }
  const missing: string[] = [];
  const needed = (name: string): string => {
    const value = env[name];
    if (!value) missing.push(name);
    return value ?? '';
  };
  const stripe = {
    secretKey,
    publishableKey: needed('STRIPE_PUBLISHABLE_KEY'),
    webhookSecret: needed('STRIPE_WEBHOOK_SECRET'),
    billingWebhookSecret: needed('STRIPE_BILLING_WEBHOOK_SECRET'),
  };
  if (missing.length > 0) {
    throw new Error(
      `STRIPE_SECRET_KEY is set, so the platform talks to Stripe itself; missing: ${missing.join(', ')}`,
    );
  }
  return stripe;
}
