import { describe, expect, test } from 'vitest';
import { createSamples, percentile, percentilesOf } from './samples.ts';

const START = Date.parse('2026-11-23T12:00:00.250Z');
const point = (metric: string, value: number, tags: object, afterMs = 0): string =>
  JSON.stringify({
    metric,
    type: 'Point',
    data: { time: new Date(START + afterMs).toISOString(), value, tags },
  });
const call = (
  name: string,
  value: number,
  status = '200',
  afterMs = 0,
  scenario = 'sale',
): string => point('http_req_duration', value, { name, status, scenario }, afterMs);

function figuresOf(lines: readonly string[]) {
  const samples = createSamples();
  for (const line of lines) samples.read(line);
  return samples.figures();
}

describe('a percentile', () => {
  test('is a figure that was measured, by the nearest rank', () => {
    expect(percentile([1, 2, 3, 4], 0.5)).toBe(2);
    expect(percentile([1, 2, 3, 4], 0.99)).toBe(4);
    expect(percentile([7], 0.01)).toBe(7);
    expect(percentilesOf([3, 1, 2])).toEqual({ p50: 2, p95: 3, p99: 3, max: 3 });
    expect(percentilesOf([])).toEqual({ p50: 0, p95: 0, p99: 0, max: 0 });
  });
});

describe('samples', () => {
  test('are added up by step: calls, latencies, statuses and what was repeated', () => {
    const { steps, calls } = figuresOf([
      call('cart', 10),
      call('cart', 30, '429'),
      call('preview', 5),
      point('retries', 1, { name: 'cart', why: 'rate_limited' }),
      point('retries', 1, { name: 'cart', why: 'rate_limited' }),
    ]);
    expect(calls).toBe(3);
    expect(steps).toEqual([
      {
        step: 'cart',
        calls: 2,
        latencyMs: { p50: 10, p95: 30, p99: 30, max: 30 },
        statuses: { 200: 1, 429: 1 },
        retries: { rate_limited: 2 },
      },
      {
        step: 'preview',
        calls: 1,
        latencyMs: { p50: 5, p95: 5, p99: 5, max: 5 },
        statuses: { 200: 1 },
        retries: {},
      },
    ]);
  });

  test('make a line in time with every second in it, also the empty ones', () => {
    const { timeline, seconds, startedAt } = figuresOf([
      call('cart', 1),
      call('cart', 1, '200', 3_000),
      point('outcomes', 1, { outcome: 'confirmed' }, 3_100),
    ]);
    expect(startedAt).toBe('2026-11-23T12:00:00.250Z');
    expect(seconds).toBe(3);
    expect(timeline).toEqual([
      { at: 0, calls: 1, confirmed: 0 },
      { at: 1, calls: 0, confirmed: 0 },
      { at: 2, calls: 0, confirmed: 0 },
      { at: 3, calls: 1, confirmed: 1 },
    ]);
  });

  test('of four hours make a line of 600 points at most, in means a second', () => {
    const { timeline } = figuresOf(
      Array.from({ length: 14_400 }, (_, second) => call('cart', 1, '200', second * 1_000)),
    );
    expect(timeline).toHaveLength(600);
    expect(new Set(timeline.map(({ calls }) => calls))).toEqual(new Set([1]));
  });

  test('of one scenario are kept apart, and without what is no call to the platform', () => {
    const { byScenario } = figuresOf([
      call('cart', 10, '200', 0, 'quiet-alone'),
      call('pay at the stand-in', 900, '200', 0, 'quiet-alone'),
      call('cart', 20, '200', 0, 'quiet-with-sale'),
    ]);
    expect(byScenario['quiet-alone']).toMatchObject({ p99: 10, calls: 1 });
    expect(byScenario['quiet-with-sale']).toMatchObject({ p99: 20, calls: 1 });
  });

  test('count how journeys ended, a zero being none, and pass over what is no sample', () => {
    const { outcomes, confirmedMs, repeats } = figuresOf([
      JSON.stringify({ type: 'Metric', metric: 'outcomes', data: { name: 'outcomes' } }),
      'level=info msg=hello',
      point('outcomes', 1, { outcome: 'sold_out' }),
      point('outcomes', 1, { outcome: 'sold_out' }),
      point('confirmed_ms', 250, {}),
      point('repeats', 1, {}),
      point('vus', 5, {}),
    ]);
    expect([outcomes, confirmedMs?.p99, repeats]).toEqual([{ sold_out: 2 }, 250, 1]);
  });

  test('that never came leave an empty picture', () => {
    expect(figuresOf([])).toMatchObject({
      startedAt: null,
      calls: 0,
      timeline: [],
      confirmedMs: null,
    });
  });
});
