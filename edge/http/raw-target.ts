/** A request's target, split without being rewritten. */
export interface RawTarget {
  /** The path as sent, percent-encoding and all; `/` at least. */
  readonly pathname: string;
  /** `?` and the query as sent, or ''. */
  readonly search: string;
}

/**
 * Path and query of an absolute URL, byte for byte. `new URL()` would do almost the same, and the difference
 * (`/a/../b`, an empty query's `?`, unescaped quotes) is just what a redirect must not change.
 */
export function rawTarget(url: string): RawTarget {
  const target = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/#.*$/s, '');
  const queryAt = target.indexOf('?');
  const pathname = queryAt < 0 ? target : target.slice(0, queryAt);
  return {
    pathname: pathname === '' ? '/' : pathname,
    search: queryAt < 0 ? '' : target.slice(queryAt),
  };
}
