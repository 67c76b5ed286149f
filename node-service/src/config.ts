/**
 * The service's configuration: read once from the environment, checked, frozen. The only reader of process.env.
 * There is no default shop, no default secret and no default database: what is missing stops the start by name.
 */
export type Environment = 'local' | 'staging' | 'production';

export type SecretKey = { readonly keyId: string; readonly secret: string };

export type Config = {
  readonly environment: Environment;
  readonly port: number;
  /** The address to listen on; every one where it is not set. */
  readonly host: string | undefined;
  /** Port of the Prometheus text; 0 for any free one. */
  readonly metricsPort: number;
  readonly logLevel: string;
  readonly tenantDatabaseUrl: string;
  readonly platformDatabaseUrl: string;
  /** Connections of each of the two pools; one shop uses half of the tenant's at most. */
  readonly poolSize: number;
  /** Ed25519 public keys (base64 SPKI) by key id: those the gateway may sign with. */
  readonly gatewayPublicKeys: Readonly<Record<string, string>>;
  /** Keys of order, staff, customer, operator and reconciliation tokens. The first signs, all verify. */
  readonly tokenKeys: readonly SecretKey[];
  readonly stripe: {
    readonly secretKey: string;
    /** Where Stripe answers, when it is not Stripe itself. Local environment only. */
    readonly apiBase: string | undefined;
    readonly timeoutMs: number;
    readonly webhookSecrets: readonly string[];
    readonly billingWebhookSecrets: readonly string[];
  };
  /** How a browser reaches a shop's host; the port is empty where it is the scheme's own. */
  readonly publicScheme: 'http' | 'https';
  readonly publicPort: string;
  readonly timing: Timing;
  readonly alerts: AlertSettings;
  /** Every answer is held against the contract before it leaves. Always so in the local environment. */
  readonly validateResponses: boolean;
  /** Whether a Stripe object that an operator says is a shop's waits for another operator's word. */
  readonly fourEyesAssociations: boolean;
  /** Ends the process at the named step, to prove that nothing is lost. Local environment only. */
  readonly killAt: string | undefined;
};

export type Timing = {
  /** How long a checkout session can be paid. Stripe's least is 30 minutes. */
  readonly sessionLifetimeSeconds: number;
  /** How long after its creation a checkout's hold is asked about at Stripe. Outlives the session. */
  readonly holdTtlSeconds: number;
  /** How long a running idempotency claim belongs to whoever took it. Outlives the slowest call to Stripe. */
  readonly claimLeaseSeconds: number;
  /** How long after its creation an unfinished checkout is taken up by the recovery job. */
  readonly recoveryDelaySeconds: number;
};

export type AlertSettings = {
  /** Where alerts are posted; without it they are in the log and the metrics alone. https, but for the local environment. */
  readonly webhookUrl: string | undefined;
  /** Sent as a bearer token with each. */
  readonly webhookToken: string | undefined;
  /** How long a group of alerts is silent after it was told of; doubled, up to twelve times, where it goes on. */
  readonly quietSeconds: number;
  /** How long an event may wait before that is an alert. */
  readonly backlogMinutes: number;
  /** How many unresolved events of an hour that name one shop are an alert of that shop. */
  readonly unresolvedPerHour: number;
};

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Source = Readonly<Record<string, string | undefined>>;

function required(source: Source, name: string): string {
  const value = source[name];
  if (value === undefined || value === '')
    throw new ConfigError(`${name} is not set, and has no default`);
  return value;
}

function oneOf<T extends string>(source: Source, name: string, allowed: readonly T[]): T {
  const value = required(source, name);
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined)
    throw new ConfigError(`${name} is "${value}"; it must be one of ${allowed.join(', ')}`);
  return found;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

function logLevel(source: Source): string {
  const value =
    source.LOG_LEVEL === undefined || source.LOG_LEVEL === '' ? 'info' : source.LOG_LEVEL;
  if (LOG_LEVELS.includes(value)) return value;
  throw new ConfigError(`LOG_LEVEL is "${value}"; it must be one of ${LOG_LEVELS.join(', ')}`);
}

/** @throws ConfigError that does not repeat the value: a URL may hold a password. */
function checkUrl(name: string, value: string, protocols: readonly string[]): string {
  if (URL.canParse(value) && protocols.includes(new URL(value).protocol)) return value;
  throw new ConfigError(`${name} must be a URL that begins with ${protocols.join('// or ')}//`);
}

function databaseUrl(source: Source, name: string): string {
  return checkUrl(name, required(source, name), ['postgres:', 'postgresql:']);
}

function integer(
  source: Source,
  name: string,
  range: { default: number; min: number; max: number },
): number {
  const text = source[name];
  if (text === undefined || text === '') return range.default;
  const value = Number(text);
  if (!Number.isInteger(value) || value < range.min || value > range.max) {
    throw new ConfigError(
      `${name} is "${text}"; it must be a whole number from ${range.min} to ${range.max}`,
    );
  }
  return value;
}

function list(source: Source, name: string): readonly string[] {
  const values = required(source, name)
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');
  if (values.length === 0) throw new ConfigError(`${name} holds no value`);
  return values;
}

function json(source: Source, name: string): unknown {
  try {
    return JSON.parse(required(source, name));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`${name} is not valid JSON`);
  }
}

function publicKeys(source: Source): Readonly<Record<string, string>> {
  const value = json(source, 'GATEWAY_PUBLIC_KEYS');
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (entries.length === 0 || entries.some(([, key]) => typeof key !== 'string')) {
    throw new ConfigError(
      'GATEWAY_PUBLIC_KEYS must be a JSON object of key id to base64 SPKI, with one key at least',
    );
  }
  return Object.freeze(Object.fromEntries(entries));
}

function tokenKeys(source: Source): readonly SecretKey[] {
  const value = json(source, 'TOKEN_KEYS');
  const valid =
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      (key) =>
        typeof key?.keyId === 'string' &&
        typeof key?.secret === 'string' &&
        Buffer.from(key.secret, 'base64').length >= 32,
    );
  if (!valid)
    throw new ConfigError(
      'TOKEN_KEYS must be a JSON array of { keyId, secret }, each secret 32 bytes in base64',
    );
  return Object.freeze(value.map(({ keyId, secret }) => Object.freeze({ keyId, secret })));
}

function timing(source: Source): Timing {
  const seconds = (name: string, value: number, min: number): number =>
    integer(source, name, { default: value, min, max: 86_400 });
  return Object.freeze({
    sessionLifetimeSeconds: seconds('SESSION_LIFETIME_SECONDS', 1_860, 1_800),
    holdTtlSeconds: seconds('HOLD_TTL_SECONDS', 1_980, 1),
    claimLeaseSeconds: seconds('CLAIM_LEASE_SECONDS', 45, 1),
    recoveryDelaySeconds: seconds('RECOVERY_DELAY_SECONDS', 60, 1),
  });
}

/** Off where nothing is said. @throws ConfigError for anything but on and off: a safeguard is not switched off by a slip */
function isOn(source: Source, name: string): boolean {
  const value = source[name];
  if (value === undefined || value === '' || value === 'off') return false;
  if (value === 'on') return true;
  throw new ConfigError(`${name} is "${value}"; it must be on or off`);
}

function alerts(source: Source, environment: Environment): AlertSettings {
  const url = source.ALERT_WEBHOOK_URL === '' ? undefined : source.ALERT_WEBHOOK_URL;
  const protocols = environment === 'local' ? ['http:', 'https:'] : ['https:'];
  const token = source.ALERT_WEBHOOK_TOKEN === '' ? undefined : source.ALERT_WEBHOOK_TOKEN;
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw new ConfigError('ALERT_WEBHOOK_TOKEN must be printable, and without spaces');
  return Object.freeze({
    webhookUrl: url === undefined ? undefined : checkUrl('ALERT_WEBHOOK_URL', url, protocols),
    webhookToken: token,
    quietSeconds: integer(source, 'ALERT_QUIET_SECONDS', { default: 300, min: 1, max: 86_400 }),
    backlogMinutes: integer(source, 'ALERT_BACKLOG_MINUTES', { default: 5, min: 1, max: 1_440 }),
    unresolvedPerHour: integer(source, 'ALERT_UNRESOLVED_PER_HOUR', {
      default: 10,
      min: 1,
      max: 1_000_000,
    }),
  });
}

function localOnly(source: Source, name: string, environment: Environment): string | undefined {
  const value = source[name] === '' ? undefined : source[name];
  if (value !== undefined && environment !== 'local')
    throw new ConfigError(`${name} may be set in the local environment alone`);
  return value;
}

function stripe(source: Source, environment: Environment): Config['stripe'] {
  const secretKey = required(source, 'STRIPE_SECRET_KEY');
  const live = /^(sk|rk)_live_/.test(secretKey);
  if (live !== (environment === 'production')) {
    throw new ConfigError(
      `STRIPE_SECRET_KEY is a ${live ? 'live' : 'test'} key, and the environment is ${environment}`,
    );
  }
  const apiBase = localOnly(source, 'STRIPE_API_BASE', environment);
  return Object.freeze({
    secretKey,
    apiBase:
      apiBase === undefined ? undefined : checkUrl('STRIPE_API_BASE', apiBase, ['http:', 'https:']),
    timeoutMs: integer(source, 'STRIPE_TIMEOUT_MS', { default: 10_000, min: 100, max: 60_000 }),
    webhookSecrets: list(source, 'STRIPE_WEBHOOK_SECRETS'),
    billingWebhookSecrets: list(source, 'STRIPE_BILLING_WEBHOOK_SECRETS'),
  });
}

/**
 * The configuration in `source`, frozen.
 * @throws ConfigError naming the variable that is missing or out of range.
 */
export function readConfig(source: Source = process.env): Config {
  const environment = readEnvironment(source);
  return Object.freeze({
    environment,
    port: integer(source, 'NODE_SERVICE_PORT', { default: 3000, min: 0, max: 65_535 }),
    host: source.NODE_SERVICE_HOST === '' ? undefined : source.NODE_SERVICE_HOST,
    metricsPort: integer(source, 'METRICS_PORT', { default: 9464, min: 0, max: 65_535 }),
    logLevel: logLevel(source),
    tenantDatabaseUrl: databaseUrl(source, 'TENANT_DATABASE_URL'),
    platformDatabaseUrl: databaseUrl(source, 'PLATFORM_DATABASE_URL'),
    poolSize: integer(source, 'DATABASE_POOL_SIZE', { default: 10, min: 2, max: 200 }),
    gatewayPublicKeys: publicKeys(source),
    tokenKeys: tokenKeys(source),
    stripe: stripe(source, environment),
    publicScheme: oneOf(source, 'PUBLIC_SCHEME', ['http', 'https']),
    publicPort: source.PUBLIC_PORT ?? '',
    timing: timing(source),
    alerts: alerts(source, environment),
    validateResponses: environment === 'local' || source.VALIDATE_RESPONSES === 'true',
    fourEyesAssociations: isOn(source, 'FOUR_EYES_ASSOCIATIONS'),
    killAt: localOnly(source, 'KILL_AT', environment),
  });
}

/** @throws ConfigError */
export function readEnvironment(source: Source = process.env): Environment {
  return oneOf(source, 'ENVIRONMENT', ['local', 'staging', 'production']);
}

/** What the commands beside the service read: database logins alone. @throws ConfigError */
export function readDatabaseUrl(
  name:
    | 'ADMIN_DATABASE_URL'
    | 'MIGRATOR_DATABASE_URL'
    | 'TENANT_DATABASE_URL'
    | 'PLATFORM_DATABASE_URL',
  source: Source = process.env,
): string {
  return databaseUrl(source, name);
}

/** The keys that the demo seed mints its tokens with. @throws ConfigError */
export function readTokenKeys(source: Source = process.env): readonly SecretKey[] {
  return tokenKeys(source);
}
