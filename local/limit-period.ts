/** Long enough for a test to stay within one period nearly always. */
const PERIOD_MS = 60_000;

/** So many calls in a minute: the longest period that a limit can have. */
export function aMinute(limit: number): { readonly limit: number; readonly periodSeconds: 60 } {
  return { limit, periodSeconds: 60 };
}

/**
 * Runs a test of `aMinute` limits, and runs it again if a new period began under it: then every count had begun at 0
 * once more, and whatever came of it says nothing. Each run needs callers and addresses of its own.
 */
export async function inOnePeriod(run: () => Promise<void>): Promise<void> {
  const period = () => Math.floor(Date.now() / PERIOD_MS);
  for (;;) {
    const begunIn = period();
    try {
      await run();
    } catch (error) {
      if (period() === begunIn) throw error;
      continue;
    }
    if (period() === begunIn) return;
  }
}
