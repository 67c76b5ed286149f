import type {
  AnalyticsEngineDataset,
  D1Database,
  KVNamespace,
  RateLimit,
} from '@cloudflare/workers-types';
import type { Environment } from '@commerce/contracts/vocabulary/shop-context.ts';
import type { ServiceBinding } from '../http/service-binding.ts';

/** What wrangler.jsonc binds to the front door. */
export interface FrontDoorEnv {
  readonly HOSTS_DB: D1Database;
  readonly HOST_CACHE: KVNamespace;
  /** The gateway's default entrypoint: public operations and webhooks. */
  readonly GATEWAY: ServiceBinding;
  /** The gateway's entrypoint for operators' calls that the node service answers. */
  readonly OPERATIONS: ServiceBinding;
  readonly STOREFRONT: ServiceBinding;
  /** What is counted, one data point an event. */
  readonly METRICS: AnalyticsEngineDataset;
  /** By address, before a host that this isolate does not know is looked up. */
  readonly LIMIT_LOOKUP: RateLimit;
  /** By address: pages and the cart. */
  readonly LIMIT_PAGES: RateLimit;
  readonly ENVIRONMENT: Environment;
  /** The one host that takes webhooks, without a port. */
  readonly WEBHOOK_HOST: string;
  /** The one host that serves operators, without a port. */
  readonly CONTROL_HOST: string;
  readonly PUBLIC_SCHEME: 'http' | 'https';
  /** The port in the URLs that buyers see; empty for the scheme's own. */
  readonly PUBLIC_PORT: string;
}

/** How a host is written in a URL and in an `Origin` header. */
export function originOf(
  host: string,
  env: Pick<FrontDoorEnv, 'PUBLIC_SCHEME' | 'PUBLIC_PORT'>,
): string {
  return `${env.PUBLIC_SCHEME}://${host}${env.PUBLIC_PORT === '' ? '' : `:${env.PUBLIC_PORT}`}`;
}
