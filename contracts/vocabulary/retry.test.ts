import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PROBLEM_CODES, PROBLEM_STATUS, type ProblemCode, problem } from './problem.ts';
import {
  askedDelay,
  attemptHeader,
  backoffMs,
  type CallAnswer,
  nextTryInMs,
  RETRY_POLICY,
  type RetryOptions,
  readAttempt,
  temporary,
  wait,
  withRetries,
} from './retry.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12, 0, 0);
const LOST: CallAnswer = { error: new TypeError('failed to fetch') };
const GOOD: CallAnswer = { response: new Response(null, { status: 201 }) };
const BUSY = busy(400);

function answer(status: number, error: unknown = {}, retryAfter?: string): CallAnswer {
  const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  return { response: new Response(null, { status, headers }), error };
}

function refusal(code: ProblemCode): CallAnswer {
  return answer(PROBLEM_STATUS[code], { code });
}

function busy(retryAfterMs: number): CallAnswer {
  const members = { detail: 'd', requestId: 'req_12345678', shopId: 'aurora', items: [] };
  return answer(409, problem('inventory_busy', { ...members, retryAfterMs }), '1');
}

describe('which try a call is', () => {
  test('is said from the second on, and read back as it was said', () => {
    expect(attemptHeader(1)).toEqual({});
    expect(attemptHeader(2)).toEqual({ 'X-Attempt': 2 });
    for (const attempt of [1, 2, 5, 10, 99, 100]) {
      expect(readAttempt(attemptHeader(attempt)['X-Attempt']?.toString())).toBe(attempt);
    }
  });

  test("is never above a hundred on the wire, however long a policy of one's own tries", () => {
    expect(attemptHeader(5000)).toEqual({ 'X-Attempt': 100 });
  });

  test.each(['', '0', '-1', '01', '101', '1e1', '2.0', ' 2', '0x2', 'two', '2, 3'])(
    'is none of ours: %j',
    (value) => {
      expect(readAttempt(value)).toBeNull();
    },
  );
});

describe('which answers are temporary', () => {
  test('of the problems, those where the same call may yet be answered otherwise', () => {
    const kinds = (kind: ReturnType<typeof temporary>) =>
      PROBLEM_CODES.filter((code) => temporary(refusal(code)) === kind);
    expect(kinds('refused')).toEqual(['inventory_busy', 'rate_limited']);
    expect(kinds('unknown')).toEqual([
      'idempotency_in_progress',
      'internal_error',
      'payment_provider_unavailable',
      'service_unavailable',
      'payment_outcome_unknown',
    ]);
  });

  test.each([
    ['no answer', LOST, 'unknown'],
    ['a success that broke off', answer(201, new SyntaxError('unexpected end')), 'unknown'],
    ['a page of something in between', answer(502, '<html>'), 'unknown'],
    ['a page of something in between, 429', answer(429, ''), 'refused'],
    ['a success', GOOD, undefined],
    ['a refusal without a problem document', answer(409, null), undefined],
    ['what is not there', answer(404, 'text'), undefined],
  ] as const)('%s', (_name, given, kind) => {
    expect(temporary(given)).toBe(kind);
  });
});

describe('the delay that the server asks for', () => {
  const inHalfAMinute = new Date(NOW_MS + 30_000).toUTCString();

  test.each([
    ['retryAfterMs of inventory_busy, before Retry-After', BUSY, { delayMs: 400, atLeast: false }],
    ['seconds, of a 429', answer(429, {}, '10'), { delayMs: 10_000, atLeast: true }],
    ['a date, of a 503', answer(503, {}, inHalfAMinute), { delayMs: 30_000, atLeast: true }],
    ['a date that is past', answer(503, {}, 'Sun, 06 Nov 1994 08:49:37 GMT'), { delayMs: 0 }],
  ])('%s', (_name, given, asked) => {
    expect(askedDelay(given, NOW_MS)).toMatchObject(asked);
  });

  test.each([
    '',
    '-5',
    '1.5',
    '10 s',
    '2026-11-23T12:00:30Z',
    'soon',
    'Mon, 99 Foo 2026 99:99:99 GMT',
  ])('is none in Retry-After: %j', (value) => {
    expect(askedDelay(answer(429, {}, value), NOW_MS)).toBeUndefined();
  });

  test('retryAfterMs counts with inventory_busy alone, and only as a number above zero', () => {
    for (const given of [
      answer(409, { code: 'inventory_busy', retryAfterMs: 0 }),
      answer(409, { code: 'inventory_busy', retryAfterMs: '400' }),
      answer(503, { code: 'service_unavailable', retryAfterMs: 400 }),
      LOST,
    ]) {
      expect(askedDelay(given, NOW_MS)).toBeUndefined();
    }
  });
});

describe('backoff', () => {
  const delays = (random: number, given: CallAnswer) =>
    [1, 2, 3, 4].map((tries) => backoffMs(RETRY_POLICY, tries, random, askedDelay(given, NOW_MS)));

  test('doubles from what the server asks for, up to the cap', () => {
    expect(delays(0.5, BUSY)).toEqual([400, 800, 1600, 3200]);
    expect(delays(0.5, busy(6000))).toEqual([6000, 12_000, 20_000, 20_000]);
  });

  test('doubles from half a second where the server asks for nothing, or for no time at all', () => {
    expect(delays(0.5, LOST)).toEqual([500, 1000, 2000, 4000]);
    expect(delays(0.5, answer(503, {}, '0'))).toEqual([500, 1000, 2000, 4000]);
  });

  test('comes back no earlier than Retry-After says, and not all at that moment', () => {
    const limited = answer(429, {}, '10');
    expect(delays(0, limited)).toEqual([10_000, 10_000, 10_000, 10_000]);
    expect(delays(1, limited)).toEqual([15_000, 30_000, 30_000, 30_000]);
  });

  test('stays within half to one and a half of what is planned, for every policy and every asking', () => {
    const policy = fc.record({
      firstMs: fc.integer({ min: 1, max: 10_000 }),
      factor: fc.double({ min: 1, max: 4, noNaN: true }),
      capMs: fc.integer({ min: 1, max: 60_000 }),
    });
    const asked = fc.option(
      fc.record({ delayMs: fc.integer({ min: 0, max: 3_600_000 }), atLeast: fc.boolean() }),
      { nil: undefined },
    );
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(policy, fc.integer({ min: 1, max: 50 }), random, asked, (backoff, n, r, ask) => {
        const delayMs = backoffMs(backoff, n, r, ask);
        const askedMs = ask?.delayMs ?? 0;
        const most = Math.max(askedMs, backoff.capMs);
        const least = Math.max(askedMs, Math.min(backoff.firstMs, backoff.capMs, most));
        expect(delayMs).toBeLessThanOrEqual(Math.round(most * 1.5));
        if (askedMs > 0) expect(delayMs).toBeGreaterThanOrEqual(Math.floor(askedMs * 0.5));
        else expect(delayMs).toBeGreaterThanOrEqual(Math.floor(least * 0.5));
        if (ask?.atLeast) expect(delayMs).toBeGreaterThanOrEqual(askedMs);
        expect(backoffMs(backoff, n, Math.min(1, r + 0.1), ask)).toBeGreaterThanOrEqual(delayMs);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('whether a call is made again', () => {
  const ask = { tries: 1, safeToRepeat: true, random: 0.5, nowMs: NOW_MS };

  test('a call that is not safe to repeat is, only where the server has certainly done nothing', () => {
    const unsafe = { ...ask, safeToRepeat: false };
    const repeated = PROBLEM_CODES.filter(
      (code) => nextTryInMs(refusal(code), unsafe) !== undefined,
    );
    expect(repeated).toEqual(['inventory_busy', 'rate_limited']);
    expect(nextTryInMs(LOST, unsafe)).toBeUndefined();
    expect(nextTryInMs(LOST, ask)).toBe(500);
  });

  test('five tries at most', () => {
    expect(nextTryInMs(BUSY, { ...ask, tries: 4 })).toBe(3200);
    expect(nextTryInMs(BUSY, { ...ask, tries: 5 })).toBeUndefined();
  });

  test('not by itself where the server asks for more than a minute', () => {
    expect(nextTryInMs(answer(503, {}, '60'), ask)).toBeGreaterThanOrEqual(60_000);
    expect(nextTryInMs(answer(503, {}, '61'), ask)).toBeUndefined();
  });
});

describe('a call with retries', () => {
  /** Answers from first to last; the last one stays. Time is what was waited. */
  function rig(answers: readonly CallAnswer[]) {
    const waitsMs: number[] = [];
    const attempts: number[] = [];
    const options: RetryOptions = {
      safeToRepeat: true,
      random: () => 0.5,
      now: () => NOW_MS,
      wait: async (delayMs) => {
        waitsMs.push(delayMs);
      },
    };
    const call = async (attempt: number) => {
      attempts.push(attempt);
      return answers[Math.min(attempt, answers.length) - 1] ?? LOST;
    };
    return { call, options, waitsMs, attempts };
  }

  test('is made until an answer stands, and knows which attempt it is', async () => {
    const { call, options, waitsMs, attempts } = rig([BUSY, LOST, answer(429, {}, '10'), GOOD]);
    expect(await withRetries(call, options)).toBe(GOOD);
    expect(attempts).toEqual([1, 2, 3, 4]);
    // Doubled each time, from whatever the last answer asks for: 400, 500, 10 s (a bound, and capped).
    expect(waitsMs).toEqual([400, 1000, 20_000]);
  });

  test('gives the last refusal after the last try, and does not wait for nothing', async () => {
    const { call, options, waitsMs, attempts } = rig([BUSY]);
    expect(await withRetries(call, options)).toBe(BUSY);
    expect(attempts).toHaveLength(5);
    expect(waitsMs).toHaveLength(4);
  });

  test('says before each wait how long it is, and why', async () => {
    const { call, options } = rig([BUSY, GOOD]);
    const said: unknown[] = [];
    await withRetries(call, { ...options, onWait: (...what) => said.push(what) });
    expect(said).toEqual([[400, BUSY]]);
  });

  test('throws on what the call throws, without another try', async () => {
    const { options, waitsMs } = rig([]);
    const failing = withRetries(() => Promise.reject(new Error('a defect')), options);
    await expect(failing).rejects.toThrow('a defect');
    expect(waitsMs).toEqual([]);
  });

  test('stops in the middle of a wait when the signal says so', async () => {
    const stop = new AbortController();
    const { call, options, attempts } = rig([busy(60_000)]);
    const { wait: _atOnce, ...real } = options;
    const waiting = withRetries(call, {
      ...real,
      signal: stop.signal,
      onWait: () => setTimeout(() => stop.abort(new Error('the buyer has left'))),
    });
    await expect(waiting).rejects.toThrow('the buyer has left');
    expect(attempts).toEqual([1]);
  });

  test('makes no call at all once it was stopped, but gives an answer that stands', async () => {
    const stop = new AbortController();
    const { call, options, attempts } = rig([GOOD]);
    const stopping = async (attempt: number) => {
      stop.abort();
      return call(attempt);
    };
    const { signal } = stop;
    expect(await withRetries(stopping, { ...options, signal })).toBe(GOOD);
    await expect(withRetries(call, { ...options, signal })).rejects.toThrow(/abort/i);
    expect(attempts).toEqual([1]);
    await expect(wait(60_000, signal)).rejects.toThrow(/abort/i);
  });
});

const CLIENTS = 5000;
const BUCKET_MS = 100;
const ASKED_MS = 1000;
const NO_JITTER = () => 0.5;

/** Numbers from 0 up to 1, the same ones for a seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function delayMs(tries: number, random: () => number): number {
  const question = { tries, safeToRepeat: true, random: random(), nowMs: NOW_MS };
  return nextTryInMs(busy1s, question) ?? Number.NaN;
}
const busy1s = busy(ASKED_MS);

/**
 * All clients are refused at 0, and again whenever they come back.
 * @returns for each repetition, the arrivals of its fullest bucket over the mean of the buckets of the time in which
 * the contract has them come back (half to one and a half of each delay)
 */
function peaksToMean(random: () => number): number[] {
  const repetitions = RETRY_POLICY.maxTries - 1;
  const buckets = Array.from({ length: repetitions }, () => new Map<number, number>());
  for (let client = 0; client < CLIENTS; client += 1) {
    let atMs = 0;
    buckets.forEach((counts, index) => {
      atMs += delayMs(index + 1, random);
      const bucket = Math.floor(atMs / BUCKET_MS);
      counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
    });
  }
  return buckets.map((counts, index) => {
    // From half to one and a half of 1 + 2 + 4 + … times what was asked for.
    const widthMs = ASKED_MS * (2 ** (index + 1) - 1);
    return Math.max(...counts.values()) / ((CLIENTS * BUCKET_MS) / widthMs);
  });
}

/** A server that takes so many in each bucket, first come first served, and refuses the rest as busy. */
function served(perBucket: number, random: () => number): number {
  const arriving = new Map<number, number[]>([[0, Array<number>(CLIENTS).fill(1)]]);
  let total = 0;
  for (let bucket = 0; arriving.size > 0; bucket += 1) {
    const tries = arriving.get(bucket) ?? [];
    arriving.delete(bucket);
    total += Math.min(perBucket, tries.length);
    for (const made of tries.slice(perBucket)) {
      if (made === RETRY_POLICY.maxTries) continue;
      const next = bucket + Math.max(1, Math.floor(delayMs(made, random) / BUCKET_MS));
      arriving.set(next, [...(arriving.get(next) ?? []), made + 1]);
    }
  }
  return total;
}

describe(`${CLIENTS} clients that were refused together`, () => {
  test('come back spread, on every try: the fullest tenth of a second has less than 3 times the mean', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        for (const ratio of peaksToMean(seeded(seed))) expect(ratio).toBeLessThan(3);
      }),
      { numRuns: 20 },
    );
  });

  test('without jitter they come back as a wave, on every try', () => {
    for (const ratio of peaksToMean(NO_JITTER)) expect(ratio).toBeGreaterThanOrEqual(3);
  });

  test('are all served within their five tries by a server that can take 80 in a tenth of a second', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(served(80, seeded(seed))).toBe(CLIENTS);
      }),
      { numRuns: 3 },
    );
  });

  test('without jitter the same server has them fight five times, and turns nine in ten away', () => {
    expect(served(80, NO_JITTER)).toBeLessThan(CLIENTS / 10);
  });
});
