import type { RateLimit } from '@cloudflare/workers-types';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Limit, refuseOverLimit } from './rate-limit.ts';
import type { RequestTrace } from './request-trace.ts';

const TRACE: RequestTrace = {
  worker: 'gateway',
  requestId: 'req_12345678',
  shopId: 'aurora',
  endpoint: 'createCheckoutSession',
};

/** Cloudflare's binding: it allows so many of each key, and remembers which keys it was asked for. */
function allowing(calls: number): RateLimit & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async limit({ key }) {
      asked.push(key);
      return { success: asked.filter((earlier) => earlier === key).length <= calls };
    },
  };
}

const failing: RateLimit = {
  limit: () => Promise.reject(new Error('no counter can be reached')),
};

function limits(byCaller: RateLimit, byAddress: RateLimit): Limit[] {
  return [
    { binding: byCaller, key: 'aurora cart cart_1', profile: 'spend', by: 'caller' },
    { binding: byAddress, key: '203.0.113.7', profile: 'spend', by: 'address' },
  ];
}

let lines: string[];

beforeEach(() => {
  lines = [];
  vi.spyOn(console, 'log').mockImplementation((line) => lines.push(line));
  vi.spyOn(console, 'error').mockImplementation((line) => lines.push(line));
});
afterEach(() => vi.restoreAllMocks());

function metrics(): unknown[] {
  return lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'metric');
}

describe('a request that is over a limit', () => {
  test('is a 429 problem that names the shop, the request and when to come back', async () => {
    const refusal = await refuseOverLimit(limits(allowing(0), allowing(9)), {}, TRACE);
    expect(refusal?.status).toBe(429);
    expect(refusal?.headers.get('content-type')).toBe('application/problem+json');
    expect(refusal?.headers.get('retry-after')).toBe('10');
    expect(refusal?.headers.get('cache-control')).toBe('no-store');
    expect(await refusal?.json()).toEqual({
      type: 'urn:problem-type:commerce:rate-limited',
      title: 'Too many requests',
      status: 429,
      code: 'rate_limited',
      detail: 'Too many requests. Try again in 10 seconds.',
      requestId: 'req_12345678',
      shopId: 'aurora',
    });
  });

  test('is counted by shop and limit; the key is not in the log', async () => {
    await refuseOverLimit(limits(allowing(9), allowing(0)), {}, TRACE);
    expect(metrics()).toEqual([
      { event: 'metric', name: 'rate_limited', shopId: 'aurora', profile: 'spend', by: 'address' },
    ]);
    expect(lines.join()).not.toContain('203.0.113.7');
  });

  test('of its caller takes nothing from its address', async () => {
    const address = allowing(9);
    await refuseOverLimit(limits(allowing(0), address), {}, TRACE);
    expect(address.asked).toEqual([]);
  });
});

test('a request within its limits passes, counted by each of them', async () => {
  const [caller, address] = [allowing(1), allowing(1)];
  expect(await refuseOverLimit(limits(caller, address), {}, TRACE)).toBeNull();
  expect([caller.asked, address.asked]).toEqual([['aurora cart cart_1'], ['203.0.113.7']]);
  expect(lines).toEqual([]);
});

test('nothing to count by lets pass', async () => {
  expect(await refuseOverLimit([], {}, TRACE)).toBeNull();
});

describe('a limit that cannot be asked', () => {
  test('lets pass, says why, and is counted', async () => {
    expect(await refuseOverLimit(limits(failing, failing), {}, TRACE)).toBeNull();
    expect(metrics()).toMatchObject([
      { name: 'rate_limit_failed', shopId: 'aurora', profile: 'spend', by: 'caller' },
      { name: 'rate_limit_failed', shopId: 'aurora', profile: 'spend', by: 'address' },
    ]);
    expect(lines.join()).toContain('no counter can be reached');
  });

  test('leaves the next one in force', async () => {
    expect((await refuseOverLimit(limits(failing, allowing(0)), {}, TRACE))?.status).toBe(429);
  });

  test('that is not bound at all is one', async () => {
    const missing = undefined as unknown as RateLimit;
    expect(await refuseOverLimit(limits(missing, allowing(1)), {}, TRACE)).toBeNull();
    expect(metrics()).toMatchObject([{ name: 'rate_limit_failed', by: 'caller' }]);
  });
});
