/** Calls that one key may make within a period. Cloudflare knows periods of 10 and 60 seconds. */
export interface RateLimit {
  readonly limit: number;
  readonly periodSeconds: 10 | 60;
}

export type RateLimits<Name extends string = string> = Readonly<Record<Name, RateLimit>>;

const limit = (calls: number): RateLimit => ({ limit: calls, periodSeconds: 10 });

/** The bindings that production has too: a test holds these figures to every environment's wrangler.jsonc. */
export const RATE_LIMITS = {
  'front-door': { LIMIT_LOOKUP: limit(200), LIMIT_PAGES: limit(1_000) },
  gateway: {
    LIMIT_SPEND_CALLER: limit(20),
    LIMIT_SPEND_ADDRESS: limit(400),
    LIMIT_READ_CALLER: limit(100),
    LIMIT_READ_ADDRESS: limit(2_000),
  },
} as const satisfies Record<string, RateLimits>;

export type RateLimitName = {
  [Worker in keyof typeof RATE_LIMITS]: keyof (typeof RATE_LIMITS)[Worker];
}[keyof typeof RATE_LIMITS];

/** As Miniflare takes them. Each Worker counts for itself, in a namespace of its own for each binding. */
export function rateLimitBindings(
  limits: RateLimits,
  overrides: Partial<RateLimits>,
): Record<string, { namespace_id: string; simple: { limit: number; period: 10 | 60 } }> {
  return Object.fromEntries(
    Object.entries(limits).map(([name, standard]) => {
      const { limit: calls, periodSeconds } = overrides[name] ?? standard;
      return [name, { namespace_id: name, simple: { limit: calls, period: periodSeconds } }];
    }),
  );
}
