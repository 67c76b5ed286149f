import type { StripeStandInOptions } from './server.ts';
import type { EndpointKind, WebhookEndpoint } from './webhooks/endpoints.ts';

const KINDS: readonly EndpointKind[] = ['checkout', 'billing'];

/**
 * Reads the process's settings; throws an error that names the variable where one is wrong.
 *
 * `STRIPE_STAND_IN_PORT` (12111), `STAND_IN_DATA_DIR` (memory alone), `STAND_IN_API_KEY` (any
 * `sk_test_…`), `STAND_IN_ENDPOINTS` (none): JSON, `[{ url, hostHeader?, secret, events }]` with
 * `events` of `checkout` and `billing`.
 */
export function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): StripeStandInOptions {
  const port = environment.STRIPE_STAND_IN_PORT ?? '12111';
  if (!/^\d{1,5}$/.test(port)) throw new Error(`STRIPE_STAND_IN_PORT is not a port: ${port}`);
  const { STAND_IN_DATA_DIR: dataDir, STAND_IN_API_KEY: apiKey } = environment;
  return {
    port: Number(port),
    endpoints: readEndpoints(environment.STAND_IN_ENDPOINTS ?? '[]'),
    ...(dataDir ? { dataDir } : {}),
    ...(apiKey ? { apiKey } : {}),
  };
}

function readEndpoints(text: string): WebhookEndpoint[] {
  const parsed: unknown = JSON.parse(text);
  if (!Array.isArray(parsed)) throw new Error('STAND_IN_ENDPOINTS is not a JSON array');
  return parsed.map((item: unknown, index) => readEndpoint(item, `STAND_IN_ENDPOINTS[${index}]`));
}

function readEndpoint(item: unknown, name: string): WebhookEndpoint {
  if (typeof item !== 'object' || item === null) throw new Error(`${name} is not an object`);
  const { url, hostHeader, secret, events }: Record<string, unknown> = { ...item };
  if (typeof url !== 'string' || !URL.canParse(url)) throw new Error(`${name}.url is not a URL`);
  if (typeof secret !== 'string' || secret === '') throw new Error(`${name}.secret is missing`);
  if (hostHeader !== undefined && typeof hostHeader !== 'string') {
    throw new Error(`${name}.hostHeader is not a string`);
  }
  const kinds = Array.isArray(events) ? KINDS.filter((kind) => events.includes(kind)) : [];
  if (!Array.isArray(events) || kinds.length === 0 || kinds.length !== events.length) {
    throw new Error(`${name}.events must be of ${KINDS.join(' and ')}`);
  }
  return { url, secret, events: kinds, ...(hostHeader === undefined ? {} : { hostHeader }) };
}
