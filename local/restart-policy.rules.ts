/** When a process ends that should run: how long to wait before it is started again, or that it is given up. */
export type RestartDecision =
  | { restart: true; delayMs: number; attempt: number }
  | { restart: false; ends: number };

const WINDOW_MS = 60_000;
const MAX_RESTARTS = 5;
const FIRST_DELAY_MS = 500;

/**
 * Waits 0.5 s, then twice as long each time, and gives up at the sixth end within a minute.
 * @param endsMs times at which the process ended unasked, ascending, the present one last (Unix ms).
 */
export function decideRestart(endsMs: readonly number[]): RestartDecision {
  const now = endsMs.at(-1) ?? 0;
  const recent = endsMs.filter((at) => now - at < WINDOW_MS).length;
  if (recent > MAX_RESTARTS) return { restart: false, ends: recent };
  return { restart: true, delayMs: FIRST_DELAY_MS * 2 ** (recent - 1), attempt: recent };
}
