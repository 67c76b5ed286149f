import { REQUEST_ID_PATTERN, SHOP_ID_PATTERN } from './ids.ts';
import { REQUEST_ID_HEADER } from './request-id.ts';

export type Environment = 'local' | 'staging' | 'production';
export const ENVIRONMENTS: readonly Environment[] = ['local', 'staging', 'production'];

/** Whose call this is. The front door alone makes one; everybody after it only carries it on. */
export type ShopContext = {
  shopId: string;
  requestId: string;
  environment: Environment;
  /** The host that the browser asked for, normalised, without a port. */
  host?: string;
  /** The host that absolute URLs are built from. */
  canonicalHost?: string;
  runtimeId?: string;
};

/** Header names in lower case, as `Headers` and Node give them. */
export const SHOP_CONTEXT_HEADERS = {
  shopId: 'x-shop-id',
  requestId: REQUEST_ID_HEADER,
  environment: 'x-shop-environment',
  host: 'x-shop-host',
  canonicalHost: 'x-shop-canonical-host',
  runtimeId: 'x-shop-runtime-id',
} as const satisfies Record<keyof ShopContext, string>;

/** The locale that a buyer chose: the storefront sets it, and the front door reads it for an address that names none. */
export const LOCALE_COOKIE = '__Host-locale';

export const CART_ID_HEADER = 'x-cart-id';

/**
 * What the front door tells the storefront besides the context, from the host's mapping. `locales` is comma separated.
 * Nobody else gets these: the gateway and the node service know no locale.
 */
export const STOREFRONT_HEADERS = {
  /** The locale that the path names, else the host's default. */
  locale: 'x-shop-locale',
  locales: 'x-shop-locales',
  defaultLocale: 'x-shop-default-locale',
  configurationId: 'x-shop-configuration-id',
} as const;

/** A name that begins with one of these is ours or a proxy's word, whether or not it is listed below. */
export const INTERNAL_HEADER_PREFIXES: readonly string[] = [
  'x-shop-',
  'x-forwarded-',
  'x-original-',
  'x-rewrite-',
];

/**
 * What the front door deletes from every request that comes in: the words that only the platform says
 * to itself, and those by which a client could claim another host, path, method, scheme or address. The
 * request id is among them: read the client's own first (`acceptRequestId`), then strip, then set.
 * `CF-Connecting-IP` stays: Cloudflare sets it itself, over whatever a client wrote.
 */
export const INTERNAL_HEADERS: readonly string[] = [
  ...Object.values(SHOP_CONTEXT_HEADERS),
  ...Object.values(STOREFRONT_HEADERS),
  CART_ID_HEADER,
  'x-contract-version',
  'content-digest',
  'signature',
  'signature-input',
  'forwarded',
  'via',
  'x-forwarded',
  'x-forwarded-host',
  'x-forwarded-for',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-forwarded-scheme',
  'x-forwarded-server',
  'x-host',
  'x-url-scheme',
  'front-end-https',
  'x-original-host',
  'x-original-url',
  'x-rewrite-url',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'client-ip',
  'true-client-ip',
  'fastly-client-ip',
  'cf-worker',
];

const INTERNAL = new Set(INTERNAL_HEADERS);

/** Whether a name, in lower case, is one that a client may not say. */
export function isInternalHeader(name: string): boolean {
  return INTERNAL.has(name) || INTERNAL_HEADER_PREFIXES.some((prefix) => name.startsWith(prefix));
}

/** Deletes, in place, every internal header: those listed and all that carry a prefix. */
export function stripInternalHeaders(headers: Headers): void {
  for (const name of [...headers.keys()]) if (isInternalHeader(name)) headers.delete(name);
}

/** Taken apart once, since the front door asks for it with every request. */
const CONTEXT_MEMBERS = Object.entries(SHOP_CONTEXT_HEADERS) as readonly [
  keyof ShopContext,
  string,
][];

/** The headers of a context, without those that it does not have. */
export function shopContextToHeaders(context: ShopContext): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [member, header] of CONTEXT_MEMBERS) {
    const value = context[member];
    if (value !== undefined) headers[header] = value;
  }
  return headers;
}

export type ShopContextError = { header: string; message: string };
export type ShopContextResult =
  | { ok: true; context: ShopContext }
  | { ok: false; errors: ShopContextError[] };

const HOST = /^(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

const FORMS: Readonly<Record<keyof ShopContext, { required: boolean; form: RegExp }>> = {
  shopId: { required: true, form: SHOP_ID_PATTERN },
  requestId: { required: true, form: REQUEST_ID_PATTERN },
  environment: { required: true, form: new RegExp(`^(${ENVIRONMENTS.join('|')})$`) },
  host: { required: false, form: HOST },
  canonicalHost: { required: false, form: HOST },
  runtimeId: { required: false, form: /^[A-Za-z0-9_-]{1,64}$/ },
};

/**
 * Reads the context from a call's headers, all or nothing: whatever is missing or has the wrong form is
 * listed. An empty header is a missing one.
 */
export function parseShopContext(headers: {
  get(name: string): string | null | undefined;
}): ShopContextResult {
  const found: Record<string, string> = {};
  const errors: ShopContextError[] = [];
  for (const [member, { required, form }] of Object.entries(FORMS)) {
    const header = SHOP_CONTEXT_HEADERS[member as keyof ShopContext];
    const value = headers.get(header) || null;
    if (value === null) {
      if (required) errors.push({ header, message: 'is required' });
    } else if (form.test(value)) found[member] = value;
    else errors.push({ header, message: `does not match ${form.source}` });
  }
  // Every required member has been found and has its form: else there were errors.
  return errors.length > 0 ? { ok: false, errors } : { ok: true, context: found as ShopContext };
}
