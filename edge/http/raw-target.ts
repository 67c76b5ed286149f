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
  const fragmentAt = url.indexOf('#');
  const end = fragmentAt < 0 ? url.length : fragmentAt;
  const start = startOfPath(url, end);
  const queryAt = url.indexOf('?', start);
  const pathEnd = queryAt < 0 || queryAt > end ? end : queryAt;
  return {
    pathname: pathEnd === start ? '/' : url.slice(start, pathEnd),
    search: url.slice(pathEnd, end),
  };
}

/** Past scheme and authority, which end at the first `/` or `?` after `//`. */
function startOfPath(url: string, end: number): number {
  let at = url.indexOf('://') + 3;
  while (at < end && url.charCodeAt(at) !== SLASH && url.charCodeAt(at) !== QUESTION_MARK) at++;
  return at;
}

const SLASH = 0x2f;
const QUESTION_MARK = 0x3f;
