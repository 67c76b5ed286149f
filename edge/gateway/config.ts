import {
  type GatewayKey,
  importGatewayPrivateKey,
} from '@commerce/contracts/vocabulary/gateway-signature.ts';
import type { Environment } from '@commerce/contracts/vocabulary/shop-context.ts';
import { type CartKey, parseCartKeys } from '../cart/cart-keys.ts';
import type { MetricsEnv } from '../http/metrics.ts';
import { GATEWAY_LIMITS, type GatewayLimits } from './limits.ts';

/** What wrangler.jsonc and its secrets bind to the gateway. */
export interface GatewayEnv extends GatewayLimits, MetricsEnv {
  readonly ENVIRONMENT: Environment;
  /** Scheme, host and port of the node service: `https://node.example.com`. */
  readonly NODE_ORIGIN: string;
  readonly GATEWAY_KEY_ID: string;
  /** base64 of a PKCS8 Ed25519 private key */
  readonly GATEWAY_PRIVATE_KEY: string;
  /** JSON, see ../cart/cart-keys.ts */
  readonly CART_KEYS: string;
}

export interface GatewayConfig {
  readonly environment: Environment;
  readonly nodeOrigin: string;
  readonly signingKey: GatewayKey;
  readonly cartKeys: readonly CartKey[];
  readonly limits: GatewayLimits;
  readonly metrics: MetricsEnv;
}

const configs = new WeakMap<GatewayEnv, Promise<GatewayConfig>>();

/**
 * The configuration, parsed once an isolate. Rejects with the name of the setting that is missing or wrong, and
 * never with its value.
 */
export function configOf(env: GatewayEnv): Promise<GatewayConfig> {
  const known = configs.get(env);
  if (known !== undefined) return known;
  const config = parse(env);
  configs.set(env, config);
  return config;
}

async function parse(env: GatewayEnv): Promise<GatewayConfig> {
  for (const name of [
    'ENVIRONMENT',
    'NODE_ORIGIN',
    'GATEWAY_KEY_ID',
    'GATEWAY_PRIVATE_KEY',
  ] as const) {
    if (!env[name]) throw new Error(`${name} is not set`);
  }
  for (const name of GATEWAY_LIMITS) {
    // A limit that is not there lets everything pass, and nobody would notice.
    if (!env[name]) throw new Error(`${name} is not bound`);
  }
  if (!URL.canParse(env.NODE_ORIGIN)) throw new Error('NODE_ORIGIN is not a URL');
  return {
    environment: env.ENVIRONMENT,
    nodeOrigin: new URL(env.NODE_ORIGIN).origin,
    signingKey: { keyId: env.GATEWAY_KEY_ID, privateKey: await privateKeyOf(env) },
    cartKeys: parseCartKeys(env.CART_KEYS),
    limits: env,
    metrics: env,
  };
}

async function privateKeyOf(env: GatewayEnv): Promise<CryptoKey> {
  try {
    return await importGatewayPrivateKey(env.GATEWAY_PRIVATE_KEY);
  } catch {
    throw new Error('GATEWAY_PRIVATE_KEY is not the base64 of a PKCS8 Ed25519 key');
  }
}
