import type { ShopContext } from '@commerce/contracts/vocabulary/shop-context.ts';
import type { Shop, TokenClaims } from '../tenancy/index.ts';

/** One call of an operation, after everything that the contract demands of it has been checked. */
export type Call = {
  readonly requestId: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed and valid against the contract; undefined where there is none. */
  readonly body: unknown;
  readonly rawBody: Uint8Array;
  readonly header: (name: string) => string | undefined;
  /** There, and long enough, wherever the contract requires it. */
  readonly idempotencyKey: string | undefined;
  readonly bearer: TokenClaims | undefined;
};

/** A call within a shop that is there and may do this. */
export type ShopCall = Call & { readonly shop: Shop; readonly context: ShopContext };

/** An operator's call on the shop that its path names, which is there. */
export type NamedShopCall = Call & { readonly shop: Shop; readonly bearer: TokenClaims };

export type Answer = {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** HTTP to use case and back. Throws a Problem for what the client, or the world, got wrong. */
export type Handler =
  | { readonly scope: 'shop'; readonly handle: (call: ShopCall) => Promise<Answer> }
  | { readonly scope: 'named_shop'; readonly handle: (call: NamedShopCall) => Promise<Answer> }
  | { readonly scope: 'platform'; readonly handle: (call: Call) => Promise<Answer> };
