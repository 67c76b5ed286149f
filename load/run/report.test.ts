import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { reportPage } from '../report/page.ts';
import { K6_VERSION } from './k6.ts';
import { complaintOf, type Played, readThresholds } from './play.ts';
import { buildReport, compareQuietShop, failuresOf, type LoadReport } from './report.ts';

const LATENCY = { p50: 5, p95: 20, p99: 40, max: 90 };
const PLAYED: Played = {
  figures: {
    startedAt: '2026-11-23T12:00:00.000Z',
    seconds: 3,
    calls: 120,
    steps: [
      {
        step: 'cart',
        calls: 100,
        latencyMs: LATENCY,
        statuses: { 200: 99, 429: 1 },
        retries: { rate_limited: 1 },
      },
      {
        step: 'checkout session',
        calls: 20,
        latencyMs: LATENCY,
        statuses: { 201: 20 },
        retries: {},
      },
    ],
    timeline: [
      { at: 0, calls: 60, confirmed: 0 },
      { at: 1, calls: 60, confirmed: 20 },
    ],
    outcomes: { confirmed: 20, sold_out: 5 },
    confirmedMs: LATENCY,
    repeats: 2,
    triesAgain: 0,
    byScenario: {},
  },
  stock: [
    { at: 0, sold: 0, held: 10, free: 20 },
    { at: 1, sold: 20, held: 0, free: 10 },
  ],
  thresholds: [{ metric: 'unexpected_answers', condition: 'count==0', met: true }],
  complaints: [],
};
const OPTIONS = {
  scenario: 'flash-sale',
  buyers: 100,
  units: 30,
  seconds: 4,
  seed: 7,
  out: undefined,
  platform: undefined,
} as const;
const MACHINE = {
  cpu: 'Some CPU',
  cores: 2,
  memoryGiB: 24,
  platform: 'linux x64',
  node: 'v24',
  k6: 'v1.8.1',
};
const CHECK = { shopId: 'a-shop', name: 'nothing is oversold', met: true, detail: '30 of 30' };

function report(
  changes: { played?: Partial<Played>; met?: boolean; detail?: string } = {},
): LoadReport {
  const { played = {}, met = true, detail = CHECK.detail } = changes;
  const verdict = { checks: [{ ...CHECK, met, detail }], audits: [] };
  return buildReport(OPTIONS, 'a sale', {
    played: { ...PLAYED, ...played },
    verdict,
    notes: ['on one machine'],
    machine: MACHINE,
  });
}

describe('a run', () => {
  test('has passed where every threshold and every check of the oracle is met', () => {
    expect(report().passed).toBe(true);
    expect(failuresOf(report())).toEqual([]);
  });

  test('has not passed where a threshold is missed, and says which', () => {
    const thresholds = [{ metric: 'confirmed_ms', condition: 'p(99)<1', met: false }];
    const missed = report({ played: { thresholds } });
    expect(missed.passed).toBe(false);
    expect(failuresOf(missed)).toEqual(['threshold missed: confirmed_ms p(99)<1']);
  });

  test('has not passed where the oracle finds something, and says what', () => {
    const found = report({ met: false, detail: '31 of 30' });
    expect(found.passed).toBe(false);
    expect(failuresOf(found)).toEqual([
      'oracle, a-shop: not true that nothing is oversold: 31 of 30',
    ]);
  });

  test('of two shops compares the quiet one with itself', () => {
    const phase = (p99: number) => ({ ...LATENCY, p99, calls: 50 });
    const byScenario = { 'quiet-alone': phase(40), 'quiet-with-sale': phase(100) };
    expect(compareQuietShop({ byScenario })?.ratio).toBe(2.5);
    expect(compareQuietShop({ byScenario: {} })).toBeNull();
    const figures = { ...PLAYED.figures, byScenario };
    const outcome = { played: { ...PLAYED, figures }, notes: [], machine: MACHINE };
    const two = buildReport({ ...OPTIONS, scenario: 'two-shops' }, 'two', {
      ...outcome,
      verdict: { checks: [CHECK], audits: [] },
    });
    expect(two.passed).toBe(false);
    expect(failuresOf(two)).toEqual([expect.stringMatching(/2\.5 times its own ratio<=2$/)]);
    expect(reportPage(two)).toContain('<b>2.5 times</b>');
  });
});

describe('the page', () => {
  test('stands alone: it asks nothing of anywhere else, and is small', () => {
    const page = reportPage(report());
    expect(page).not.toMatch(/\b(src|href)=|url\(|@import|<script|<link/);
    expect(page).toMatch(/^<!doctype html>/);
    expect(page.length).toBeLessThan(60_000);
  });

  test('shows what passed, and what did not', () => {
    expect(reportPage(report())).toContain('✓ all is well');
    expect(reportPage(report())).not.toContain('✗');
    const bad = reportPage(report({ met: false, detail: '31 of 30' }));
    expect(bad).toContain('✗ not met');
    expect(bad).toContain('31 of 30');
  });

  test('shows as text whatever came from elsewhere', () => {
    const sharp = `<img src=x onerror="alert('1')"> & more`;
    const page = reportPage(report({ played: { complaints: [sharp] }, met: false, detail: sharp }));
    expect(page).not.toContain('<img');
    expect(
      page.split('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp; more'),
    ).toHaveLength(3);
  });

  test('is readable where nothing was measured', () => {
    const figures = { ...PLAYED.figures, steps: [], timeline: [], outcomes: {}, confirmedMs: null };
    const page = reportPage(report({ played: { figures, stock: [] } }));
    expect(page).toContain('Nothing was measured.');
    expect(page).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe('what k6 leaves', () => {
  test('is read threshold by threshold', () => {
    const metrics = {
      a: { thresholds: { 'count==0': { ok: true }, 'rate>1': { ok: false } } },
      b: { values: {} },
    };
    expect(readThresholds(JSON.stringify({ metrics }))).toEqual([
      { metric: 'a', condition: 'count==0', met: true },
      { metric: 'a', condition: 'rate>1', met: false },
    ]);
  });

  test('of its log is shown what was said', () => {
    const line =
      'time="2026-11-23T12:00:00Z" level=error msg="aurora, pay: 500 {\\"code\\":1}" source=console';
    expect(complaintOf(line)).toBe('aurora, pay: 500 {"code":1}');
    expect(complaintOf('plain words')).toBe('plain words');
  });

  test('is of one version, here and in CI', () => {
    const ci = readFileSync(new URL('../../.ci/run', import.meta.url), 'utf8');
    expect(ci).toContain(`k6_version=${K6_VERSION}`);
  });
});
