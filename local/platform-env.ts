import type { DatabaseUrls } from './database.ts';
import type { EdgeOptions } from './edge.ts';
import type { Demo, Secrets, Urls } from './keys.ts';
import type { Ports } from './ports.ts';
import type { Settings } from './settings.ts';

/** Everything that the environments of the processes are made of. */
export type PlatformFacts = {
  ports: Ports;
  settings: Settings;
  /** Those of a real Stripe already in their places, where there is one. */
  secrets: Secrets;
  database: DatabaseUrls;
};

const LOOPBACK = '127.0.0.1';

/** The secrets as the processes get them: Stripe's own ones in place of those made for the stand-in. */
export function effectiveSecrets(secrets: Secrets, settings: Settings): Secrets {
  const { stripe } = settings;
  if (stripe === undefined) return secrets;
  return {
    ...secrets,
    stripeSecretKey: stripe.secretKey,
    stripePublishableKey: stripe.publishableKey,
    stripeWebhookSecret: stripe.webhookSecret,
    billingWebhookSecret: stripe.billingWebhookSecret,
  };
}

/** Environment of `node-service/src/main.ts`; the jobs take the same, with a metrics port of their own. */
export function nodeServiceEnv(facts: PlatformFacts): Record<string, string> {
  const { ports, settings, secrets, database } = facts;
  return {
    ENVIRONMENT: 'local',
    NODE_SERVICE_PORT: String(ports.nodeService),
    NODE_SERVICE_HOST: '127.0.0.1',
    METRICS_PORT: String(ports.metrics),
    TENANT_DATABASE_URL: database.tenant,
    PLATFORM_DATABASE_URL: database.platform,
    GATEWAY_PUBLIC_KEYS: JSON.stringify({ [secrets.gatewayKeyId]: secrets.gatewayPublicKey }),
    TOKEN_KEYS: JSON.stringify(secrets.tokenKeys),
    STRIPE_SECRET_KEY: secrets.stripeSecretKey,
    STRIPE_WEBHOOK_SECRETS: secrets.stripeWebhookSecret,
    STRIPE_BILLING_WEBHOOK_SECRETS: secrets.billingWebhookSecret,
    ...(settings.stripe === undefined ? { STRIPE_API_BASE: standInUrl(ports) } : {}),
    PUBLIC_SCHEME: 'http',
    PUBLIC_PORT: String(ports.frontDoor),
    ...settings.serviceEnv,
  };
}

/** Environment of `stripe-stand-in/main.ts`, which keeps its objects in `dataDir`. */
export function standInEnv(facts: PlatformFacts, dataDir: string): Record<string, string> {
  const { ports, secrets } = facts;
  const { hooks } = controlHosts(ports);
  const endpoint = (path: string, secret: string, kind: 'checkout' | 'billing') => ({
    url: `http://${LOOPBACK}:${ports.frontDoor}${path}`,
    hostHeader: hooks,
    secret,
    events: [kind],
  });
  return {
    STRIPE_STAND_IN_PORT: String(ports.stripeStandIn),
    STAND_IN_DATA_DIR: dataDir,
    STAND_IN_API_KEY: secrets.stripeSecretKey,
    STAND_IN_ENDPOINTS: JSON.stringify([
      endpoint('/api/stripe-webhook', secrets.stripeWebhookSecret, 'checkout'),
      endpoint('/api/billing/webhook', secrets.billingWebhookSecret, 'billing'),
    ]),
  };
}

/** Settings of the three Workers. */
export function edgeOptions(facts: PlatformFacts, persistDir: string): EdgeOptions {
  const { ports, settings, secrets } = facts;
  return {
    port: ports.frontDoor,
    nodeOrigin: `http://${LOOPBACK}:${ports.nodeService}`,
    gatewayKeyId: secrets.gatewayKeyId,
    gatewayPrivateKey: secrets.gatewayPrivateKey,
    cartKeys: secrets.cartKeys,
    persistDir,
    ...(settings.stripe === undefined
      ? { paymentUi: 'stand-in' as const, standInUrl: standInUrl(ports) }
      : { paymentUi: 'stripe' as const, stripePublishableKey: settings.stripe.publishableKey }),
  };
}

export function standInUrl(ports: Ports): string {
  return `http://${LOOPBACK}:${ports.stripeStandIn}`;
}

/** The hosts of the control plane and of the webhooks, with the front door's port. */
export function controlHosts(ports: Ports): { ops: string; hooks: string } {
  return { ops: `ops.localhost:${ports.frontDoor}`, hooks: `hooks.localhost:${ports.frontDoor}` };
}

export function platformUrls(facts: PlatformFacts, shops: Demo['shops']): Urls {
  const { ports, settings, database } = facts;
  const { ops, hooks } = controlHosts(ports);
  return {
    frontDoor: `http://${LOOPBACK}:${ports.frontDoor}`,
    shops: Object.fromEntries(
      shops.map(({ id, host }) => [id, `http://${host}:${ports.frontDoor}`]),
    ),
    hooks: `http://${hooks}`,
    ops: `http://${ops}`,
    nodeService: `http://${LOOPBACK}:${ports.nodeService}`,
    metrics: `http://${LOOPBACK}:${ports.metrics}/metrics`,
    ...(settings.stripe === undefined ? { stripeStandIn: standInUrl(ports) } : {}),
    tenantDatabase: database.tenant,
    platformDatabase: database.platform,
    migratorDatabase: database.migrator,
    adminDatabase: database.admin,
  };
}

/** The URLs for keys.json: the administrator's password of somebody's own server is not ours to write down. */
export function urlsOnDisk(urls: Urls, settings: Settings): Urls {
  if (settings.databaseUrl === undefined) return urls;
  const admin = new URL(urls.adminDatabase);
  admin.password = '';
  return { ...urls, adminDatabase: admin.href };
}
