/** How long "no such host" is believed without asking again. A new host is reachable everywhere after this time. */
export const UNMAPPED_FOR_MS = 10_000;

const MAX_REMEMBERED = 1_000;

/** Host to the time, in Unix milliseconds, until which it is taken as unmapped. Of this isolate alone. */
const unmappedUntilMs = new Map<string, number>();

export function isKnownUnmapped(host: string, nowMs: number): boolean {
  return (unmappedUntilMs.get(host) ?? 0) > nowMs;
}

/** A scan of random names must not grow without a bound: the oldest entry goes first. */
export function rememberUnmapped(host: string, nowMs: number): void {
  if (unmappedUntilMs.size >= MAX_REMEMBERED) {
    const [oldest] = unmappedUntilMs.keys();
    if (oldest !== undefined) unmappedUntilMs.delete(oldest);
  }
  unmappedUntilMs.set(host, nowMs + UNMAPPED_FOR_MS);
}

/** Whoever maps a host sees it at once. */
export function forgetUnmapped(host: string): void {
  unmappedUntilMs.delete(host);
}
