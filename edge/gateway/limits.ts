import type { RateLimit } from '@cloudflare/workers-types';
import { encodeBase64Url } from '@commerce/contracts/vocabulary/base64.ts';
import type { Environment } from '@commerce/contracts/vocabulary/shop-context.ts';
import type { Operation } from '@commerce/generated/public-v1/operations.ts';
import type { Cart } from '../cart/cart.ts';
import { addressKey } from '../http/client-address.rules.ts';
import type { Limit } from '../http/rate-limit.ts';

/** Two profiles, and two limits in each: how many calls in ten seconds, see wrangler.jsonc. */
export interface GatewayLimits {
  readonly LIMIT_SPEND_CALLER: RateLimit;
  readonly LIMIT_SPEND_ADDRESS: RateLimit;
  readonly LIMIT_READ_CALLER: RateLimit;
  readonly LIMIT_READ_ADDRESS: RateLimit;
}

export const GATEWAY_LIMITS = [
  'LIMIT_SPEND_CALLER',
  'LIMIT_SPEND_ADDRESS',
  'LIMIT_READ_CALLER',
  'LIMIT_READ_ADDRESS',
] as const satisfies readonly (keyof GatewayLimits)[];

/** What is known of who calls. */
export interface Caller {
  readonly shopId: string;
  /** The cart of a cookie that was verified. */
  readonly cart: Cart | null;
  /** What is sent on to the node service, which alone can verify it. */
  readonly authorization: string | null;
  /** With the client's address, as the front door passed it on. */
  readonly headers: Pick<Headers, 'get'>;
}

/** `read` asks for what is there; whatever may move money or stock, and whatever is new, is `spend`. */
export function profileOf({ method, extensions }: Operation): 'spend' | 'read' {
  return method === 'GET' || extensions.family === 'inventory' ? 'read' : 'spend';
}

/**
 * What a call is counted against: first its caller, then its address, whose ceiling is so much higher that an office
 * behind one address can buy. Whoever makes up callers meets the ceiling. Nothing is counted by shop alone: one bot
 * could close it.
 */
export async function limitsOf(
  operation: Operation,
  caller: Caller,
  bindings: GatewayLimits,
  environment: Environment,
): Promise<Limit[]> {
  const profile = profileOf(operation);
  const [byCaller, byAddress] =
    profile === 'spend'
      ? [bindings.LIMIT_SPEND_CALLER, bindings.LIMIT_SPEND_ADDRESS]
      : [bindings.LIMIT_READ_CALLER, bindings.LIMIT_READ_ADDRESS];
  const limits: Limit[] = [];
  const callerIs = await callerKey(caller);
  if (callerIs !== null) limits.push({ binding: byCaller, key: callerIs, profile, by: 'caller' });
  const address = addressKey(caller.headers, environment);
  if (address !== null) limits.push({ binding: byAddress, key: address, profile, by: 'address' });
  return limits;
}

/**
 * A verified cart, else a token, at this shop; null for whoever brings neither. A token is not verified here, so it
 * counts as a whole: nobody can use up the limit of another whose token he does not have.
 */
async function callerKey({ shopId, cart, authorization }: Caller): Promise<string | null> {
  if (cart !== null) return `${shopId} cart ${cart.id}`;
  if (authorization === null) return null;
  // Without the scheme, whose spelling and blanks would make many callers of one.
  const token = authorization.trim().replace(/^\S+\s+/, '');
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token));
  return `${shopId} token ${encodeBase64Url(new Uint8Array(hash))}`;
}
