/**
 * The one retry policy of every client: the pages' scripts, k6, and whoever uses the generated client, whose result
 * has the form of `CallAnswer`. It imports nothing, and asks the platform for `setTimeout` alone.
 */

export type Backoff = {
  /** The first delay where the server asks for none. */
  firstMs: number;
  factor: number;
  /** The growth stops here, before jitter. What the server asks for is not cut by it. */
  capMs: number;
};

export type RetryPolicy = Backoff & {
  /** All in all, the first one too. */
  maxTries: number;
  /** Where the server asks for longer, a person decides whether to wait. */
  patienceMs: number;
};

export const RETRY_POLICY: Readonly<RetryPolicy> = {
  maxTries: 5,
  firstMs: 500,
  factor: 2,
  capMs: 20_000,
  patienceMs: 60_000,
};

export const JITTER = { from: 0.5, to: 1.5 } as const;

/** Says which try of the same request a call is, for the service to count the retries that succeeded. */
export const ATTEMPT_HEADER = 'x-attempt';
const MAX_ATTEMPT = 100;

/** The header of try number `attempt` (from 1), to be spread into a call's headers: the first try sends none. */
export function attemptHeader(attempt: number): { 'X-Attempt'?: number } {
  return attempt > 1 ? { 'X-Attempt': Math.min(attempt, MAX_ATTEMPT) } : {};
}

/** Which try a received header says: 1 where it says nothing, null where it is none of 1 to 100. */
export function readAttempt(value: string | null | undefined): number | null {
  if (value === null || value === undefined) return 1;
  return /^([1-9]\d?|100)$/.test(value) ? Number(value) : null;
}

/** What a call came to. Without `response` no answer arrived; `error` is the problem document, or what went wrong. */
export type CallAnswer = {
  response?: { status: number; headers: { get(name: string): string | null } } | undefined;
  error?: unknown;
};

export type AskedDelay = {
  delayMs: number;
  /** Whether nobody is to come earlier. `retryAfterMs` is an estimate to be spread about, `Retry-After` is a bound. */
  atLeast: boolean;
};

/**
 * Whether the same call may be answered otherwise in a moment, and whether this answer says for certain that nothing
 * was done: after `refused` any call may be made again, after `unknown` only one that is safe to repeat.
 */
export function temporary({ response, error }: CallAnswer): 'refused' | 'unknown' | undefined {
  if (response === undefined) return 'unknown';
  const { status } = response;
  const code = member(error, 'code');
  if (status === 429 || code === 'inventory_busy') return 'refused';
  // A success whose body never arrived whole is an error to the client.
  const brokenOff = status >= 200 && status < 300 && error !== undefined;
  const mayPass = status >= 500 && status !== 501;
  return brokenOff || mayPass || code === 'idempotency_in_progress' ? 'unknown' : undefined;
}

/**
 * The delay that the server asks for: `retryAfterMs` of `inventory_busy`, else `Retry-After`.
 * @param nowMs for a `Retry-After` that is a date
 */
export function askedDelay({ response, error }: CallAnswer, nowMs: number): AskedDelay | undefined {
  const estimateMs = member(error, 'retryAfterMs');
  const isBusy = member(error, 'code') === 'inventory_busy';
  if (isBusy && typeof estimateMs === 'number' && estimateMs > 0) {
    return { delayMs: estimateMs, atLeast: false };
  }
  const delayMs = readRetryAfter(response?.headers.get('retry-after') ?? '', nowMs);
  return delayMs === undefined ? undefined : { delayMs, atLeast: true };
}

/**
 * The delay before repetition number `repetition` (from 1), in milliseconds: exponential from what the server asks
 * for, capped, and spread by half to one and a half, so that those who were refused together do not come back
 * together. Under a bound the spread is what lies above it.
 * @param random from 0 up to 1
 */
export function backoffMs(
  { firstMs, factor, capMs }: Backoff,
  repetition: number,
  random: number,
  asked?: AskedDelay,
): number {
  const askedMs = asked?.delayMs ?? 0;
  const grownMs = (askedMs > 0 ? askedMs : firstMs) * factor ** (repetition - 1);
  const plannedMs = Math.max(askedMs, Math.min(capMs, grownMs));
  const fromMs = Math.max(plannedMs * JITTER.from, asked?.atLeast ? askedMs : 0);
  return Math.round(fromMs + random * (plannedMs * JITTER.to - fromMs));
}

export type RetryQuestion = {
  /** The tries that were made, this answer's too. */
  tries: number;
  /** Twice is once: it only reads, or sets what is then so, or has the same Idempotency-Key each time. */
  safeToRepeat: boolean;
  /** From 0 up to 1. */
  random: number;
  nowMs: number;
};

/** How long to wait before the same call is made again, in milliseconds; undefined where this answer stands. */
export function nextTryInMs(
  answer: CallAnswer,
  { tries, safeToRepeat, random, nowMs }: RetryQuestion,
  policy: RetryPolicy = RETRY_POLICY,
): number | undefined {
  const kind = temporary(answer);
  const repeats = kind === 'refused' || (kind === 'unknown' && safeToRepeat);
  if (!repeats || tries >= policy.maxTries) return undefined;
  const asked = askedDelay(answer, nowMs);
  if (asked !== undefined && asked.delayMs > policy.patienceMs) return undefined;
  return backoffMs(policy, tries, random, asked);
}

export type RetryOptions = {
  safeToRepeat: boolean;
  /** Ends the waiting, not a call that is under way: give the call this signal as well where it shall end too. */
  signal?: AbortSignal;
  /** Told before each wait. */
  onWait?: (delayMs: number, answer: CallAnswer) => void;
  policy?: RetryPolicy;
  /** The platform's own, unless a test holds them still. */
  random?: () => number;
  now?: () => number;
  wait?: (delayMs: number, signal?: AbortSignal) => Promise<void>;
};

/**
 * Makes a call, and makes it again while its answer is a temporary one. Gives the last answer, whatever it is.
 * @param call is given the number of the attempt, from 1. What it throws is no answer, and is thrown on.
 * @throws the signal's reason, once the signal says to stop and no final answer has come
 */
export async function withRetries<A extends CallAnswer>(
  call: (attempt: number) => Promise<A>,
  options: RetryOptions,
): Promise<A> {
  const { safeToRepeat, signal, onWait, policy, random, now, wait: pause = wait } = options;
  for (let tries = 1; ; tries += 1) {
    signal?.throwIfAborted();
    const answer = await call(tries);
    const question = {
      tries,
      safeToRepeat,
      random: (random ?? Math.random)(),
      nowMs: (now ?? Date.now)(),
    };
    const delayMs = nextTryInMs(answer, question, policy);
    if (delayMs === undefined) return answer;
    signal?.throwIfAborted();
    onWait?.(delayMs, answer);
    await pause(delayMs, signal);
  }
}

/** Stands for a number of milliseconds, or rejects with the signal's reason. */
export function wait(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, delayMs);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}

/** `Retry-After` in milliseconds: whole seconds, or a date as RFC 9110 has it be written. */
function readRetryAfter(value: string, nowMs: number): number | undefined {
  if (/^\d{1,10}$/.test(value)) return Number(value) * 1000;
  // `Date.parse` makes a date of nearly anything that has a digit.
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/.test(value)) return undefined;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
