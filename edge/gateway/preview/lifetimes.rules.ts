/** How long an answer may be kept, all in milliseconds from when the node service gave it. */
export interface Lifetimes {
  /** It is served, and nobody is asked. */
  readonly freshMs: number;
  /** It is served at once, while one call in the background brings the next. */
  readonly revalidateMs: number;
  /** It is served where the node service fails. */
  readonly ifErrorMs: number;
}

export type Standing = 'fresh' | 'stale' | 'if_error' | 'gone';

/** Whatever the node service says, no preview is older than this. */
const MOST: Lifetimes = { freshMs: 10_000, revalidateMs: 30_000, ifErrorMs: 120_000 };

/**
 * What `Cache-Control` allows a shared cache: `public, max-age=2, stale-while-revalidate=10, stale-if-error=60`, each
 * stale time counted from the end of `max-age` (RFC 5861). Null where nothing may be kept.
 */
export function lifetimesOf(cacheControl: string | null): Lifetimes | null {
  const directives = new Map(
    (cacheControl ?? '')
      .toLowerCase()
      .split(',')
      .map((directive) => directive.trim().split('='))
      .map(([name = '', value]) => [name, value] as const),
  );
  if (!directives.has('public') || directives.has('no-store')) return null;
  const ms = (name: string): number => {
    const seconds = directives.get(name) ?? '';
    return /^\d{1,10}$/.test(seconds) ? Number(seconds) * 1_000 : 0;
  };
  const freshMs = Math.min(MOST.freshMs, ms('max-age'));
  if (freshMs === 0) return null;
  return {
    freshMs,
    revalidateMs: Math.min(MOST.revalidateMs, freshMs + ms('stale-while-revalidate')),
    ifErrorMs: Math.min(MOST.ifErrorMs, freshMs + ms('stale-if-error')),
  };
}

/** What an answer of this age is good for. */
export function standingOf(ageMs: number, lifetimes: Lifetimes): Standing {
  if (ageMs < lifetimes.freshMs) return 'fresh';
  if (ageMs < lifetimes.revalidateMs) return 'stale';
  return ageMs < lifetimes.ifErrorMs ? 'if_error' : 'gone';
}
