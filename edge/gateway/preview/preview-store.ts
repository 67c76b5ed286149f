/** Previews of stock in the data centre's shared cache, which the Workers of a data centre have in common. */
import { CONTRACT_VERSION } from '@commerce/contracts/vocabulary/contract-version.ts';
import type { ShopContext } from '@commerce/contracts/vocabulary/shop-context.ts';
import type { Availability } from '@commerce/generated/public-v1/client/types.gen.ts';
import type { NodeAnswer } from '../node-client.ts';
import { type Lifetimes, lifetimesOf } from './lifetimes.rules.ts';

/** The node service's answer for one shop and one set of keys. Its items are in the order of the sorted keys. */
export interface Preview {
  readonly body: string;
  readonly etag: string;
  readonly cacheControl: string;
  readonly storedAtMs: number;
  readonly lifetimes: Lifetimes;
}

/** A Worker has one that is not in the web's own `CacheStorage`. */
function sharedCache(): Cache {
  return (caches as unknown as { readonly default: Cache }).default;
}

const STORED_AT = 'x-stored-at-ms';
const CACHE_CONTROL = 'x-said-cache-control';

/** No name that anybody can register: nothing from outside can ever be found or put under it. */
const ORIGIN = 'https://preview.invalid';

/** Each key once, in the order of their characters' codes: who asks for the same gets the same, however he asks. */
export function sortedKeys(variantKeys: readonly string[]): string[] {
  return [...new Set(variantKeys)].sort();
}

/**
 * The address of a preview in the cache: made of the shop and the sorted keys, and of nothing that a client could say
 * besides. The shop is in it as it is, so that no two shops share an entry; a hundred keys would be too long for that.
 */
export async function previewAddress(
  { environment, shopId }: Pick<ShopContext, 'environment' | 'shopId'>,
  keys: readonly string[],
): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(keys.join('\n')));
  const hex = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${ORIGIN}/${environment}/${shopId}/${CONTRACT_VERSION}/${hex}`;
}

/** The answer as a preview, or null where it is none that may be kept: an error, no `public` one, or not these keys. */
export function toPreview(
  { status, headers, body }: NodeAnswer,
  keys: readonly string[],
  nowMs: number,
): Preview | null {
  const cacheControl = headers.get('cache-control');
  const lifetimes = lifetimesOf(cacheControl);
  const etag = headers.get('etag');
  if (status !== 200 || cacheControl === null || lifetimes === null || etag === null) return null;
  const text = new TextDecoder().decode(body);
  const answered = itemsOf(text)?.map(({ variantKey }) => variantKey);
  const isWhole =
    answered?.length === keys.length && answered.every((key, index) => key === keys[index]);
  return isWhole ? { body: text, etag, cacheControl, storedAtMs: nowMs, lifetimes } : null;
}

/** What is kept at this address; null for nothing. A cache that fails has nothing. */
export async function findPreview(address: string): Promise<Preview | null> {
  const found = await sharedCache()
    .match(address)
    .catch(() => undefined);
  if (found === undefined) return null;
  const cacheControl = found.headers.get(CACHE_CONTROL);
  const lifetimes = lifetimesOf(cacheControl);
  const body = await found.text();
  if (cacheControl === null || lifetimes === null) return null;
  return {
    body,
    etag: found.headers.get('etag') ?? '',
    cacheControl,
    storedAtMs: Number(found.headers.get(STORED_AT)),
    lifetimes,
  };
}

/** The cache knows no `stale-while-revalidate`: it is told the longest time, and age is looked at when it is read. */
export async function keepPreview(address: string, preview: Preview): Promise<void> {
  const { body, etag, cacheControl, storedAtMs, lifetimes } = preview;
  const seconds = Math.ceil(Math.max(lifetimes.ifErrorMs, lifetimes.revalidateMs) / 1_000);
  const response = new Response(body, {
    headers: {
      'content-type': 'application/json',
      'cache-control': `public, max-age=${seconds}`,
      etag,
      [STORED_AT]: String(storedAtMs),
      [CACHE_CONTROL]: cacheControl,
    },
  });
  await sharedCache()
    .put(address, response)
    .catch(() => undefined);
}

export async function dropPreview(address: string): Promise<void> {
  await sharedCache()
    .delete(address)
    .catch(() => undefined);
}

/** The body with its items in the order in which a client asked: each key once, where it first came. */
export function inOrderOf(body: string, asked: readonly string[]): string {
  const order = [...new Set(asked)];
  const items = itemsOf(body) ?? [];
  if (order.every((key, index) => key === items[index]?.variantKey)) return body;
  const byKey = new Map(items.map((item) => [item.variantKey, item]));
  const { asOf } = JSON.parse(body) as Availability;
  const ordered = order.flatMap((key) => byKey.get(key) ?? []);
  return JSON.stringify({ items: ordered, asOf } satisfies Availability);
}

function itemsOf(body: string): Availability['items'] | null {
  try {
    const { items } = JSON.parse(body) as Partial<Availability>;
    return Array.isArray(items) ? items : null;
  } catch {
    return null;
  }
}
