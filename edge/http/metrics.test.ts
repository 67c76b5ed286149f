import type { AnalyticsEngineDataPoint } from '@cloudflare/workers-types';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { count, type MetricsEnv } from './metrics.ts';

let lines: string[];

beforeEach(() => {
  lines = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => lines.push(line));
  vi.spyOn(console, 'error').mockImplementation((line: string) => lines.push(line));
});
afterEach(() => vi.restoreAllMocks());

function envWriting(write: (point: AnalyticsEngineDataPoint | undefined) => void): MetricsEnv {
  return { METRICS: { writeDataPoint: write } };
}

test('a count is a log line, also where there is no Analytics Engine', () => {
  count({}, 'mapping_over_budget', { for: 'unknown' });
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { event: 'metric', name: 'mapping_over_budget', for: 'unknown' },
  ]);
});

test('a data point has the shop as its index, and its labels in one order', () => {
  const points: unknown[] = [];
  const env = envWriting((point) => points.push(point));
  count(env, 'rate_limited', { profile: 'spend', shopId: 'aurora', by: 'caller' });
  count(env, 'mapping_lookup_failed', { store: 'kv' });
  expect(points).toEqual([
    { indexes: ['aurora'], blobs: ['rate_limited', 'by=caller', 'profile=spend'], doubles: [1] },
    { indexes: ['none'], blobs: ['mapping_lookup_failed', 'store=kv'], doubles: [1] },
  ]);
});

test('a data point that cannot be written fails nobody', () => {
  const env = envWriting(() => {
    throw new Error('full');
  });
  expect(() => count(env, 'rate_limited')).not.toThrow();
  expect(lines.map((line) => JSON.parse(line).event)).toEqual(['metric', 'metric_failed']);
});
