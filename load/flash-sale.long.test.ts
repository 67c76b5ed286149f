/** A small sale, end to end through k6: what it prints, what it writes, and that it finds a shop that does not add up. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Platform, startPlatform } from '../local/platform.ts';
import { canHaveK6 } from './run/k6.ts';
import type { LoadReport } from './run/report.ts';

/** Where there is neither k6 nor Go, nothing can be played. In CI a test that is skipped here has failed. */
const hasK6 = await canHaveK6();
const MAIN = join(import.meta.dirname, 'main.ts');
const MAX_REPORT_BYTES = 2 ** 20;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'load-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Ended = { readonly code: number | null; readonly output: string };

async function load(...args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return { code, output };
}

async function reportIn(out: string): Promise<LoadReport> {
  return JSON.parse(await readFile(join(out, 'report.json'), 'utf8')) as LoadReport;
}

describe.skipIf(!hasK6)('a flash sale of 30 units to 100 buyers', () => {
  test('sells exactly 30, and service and payment provider agree on each of them', async () => {
    const out = join(folder, 'sale');
    const sale = ['flash-sale', '--buyers', '100', '--units', '30', '--duration', '3'];
    const { code, output } = await load(...sale, '--seed', '7', '--out', out);
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('all is well') });
    const report = await reportIn(out);
    expect(report.passed).toBe(true);
    expect(report.figures.outcomes.confirmed).toBe(30);
    expect(report.stock.at(-1)).toMatchObject({ sold: 30, held: 0, free: 0 });
    expect(report.shops.map(({ sold, held }) => [sold, held])).toEqual([
      [30, 0],
      [0, 0],
    ]);
    expect(report.oracle.filter(({ met }) => !met)).toEqual([]);
    expect(report.thresholds.map(({ met }) => met)).not.toContain(false);
    expect(report.thresholds.length).toBeGreaterThan(0);
    const page = await readFile(join(out, 'report.html'), 'utf8');
    expect(page).toContain('all is well');
    expect((await stat(join(out, 'report.json'))).size).toBeLessThan(MAX_REPORT_BYTES);
    expect(page.length).toBeLessThan(MAX_REPORT_BYTES);
  });
});

describe.skipIf(!hasK6)('the oracle, at a platform that runs', () => {
  let platform: Platform;
  let migrator: pg.Client;
  beforeAll(async () => {
    platform = await startPlatform({ dir: join(folder, 'platform'), fsync: false });
    migrator = new pg.Client({ connectionString: platform.urls.migratorDatabase });
    await migrator.connect();
    await migrator.query(`set app.shop_id = 'aurora'`);
  });
  afterAll(async () => {
    await migrator?.end();
    await platform?.stop();
  });
  const sell = async (out: string): Promise<Ended> =>
    load(
      'flash-sale',
      '--buyers',
      '6',
      '--units',
      '20',
      '--duration',
      '1',
      '--platform',
      platform.dir,
      '--out',
      out,
    );

  test('is content with a second sale after the first', async () => {
    for (const name of ['first', 'second']) {
      const { code, output } = await sell(join(folder, name));
      expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('all is well') });
    }
  });

  test('fails the run where a unit was taken by hand, and says where', async () => {
    await migrator.query(
      `update stock set on_hand = on_hand - 1 where shop_id = 'aurora' and variant_key = 'v1:mug'`,
    );
    const out = join(folder, 'broken');
    const { code, output } = await sell(out);
    expect(code).toBe(1);
    expect(output).toContain(
      'not true that its own audit finds nothing: stock_does_not_add_up v1:mug',
    );
    const report = await reportIn(out);
    expect(report.passed).toBe(false);
    expect(report.oracle.filter(({ met }) => !met).map(({ name }) => name)).toEqual([
      'its own audit finds nothing',
      'sold + held + free = stocked',
    ]);
    expect(await readFile(join(out, 'report.html'), 'utf8')).toContain('✗ not met');
    await migrator.query(
      `update stock set on_hand = on_hand + 1 where shop_id = 'aurora' and variant_key = 'v1:mug'`,
    );
  });

  test('fails the run where an order that was paid has lost its stock', async () => {
    const { rowCount } = await migrator.query(
      `with lost as (select hold_id from hold where shop_id = 'aurora' and state = 'committed' limit 1)
       update hold set state = 'released' where shop_id = 'aurora' and hold_id in (select hold_id from lost)`,
    );
    expect(rowCount).toBe(1);
    const { code, output } = await sell(join(folder, 'lost'));
    expect(code).toBe(1);
    expect(output).toMatch(
      /not true that its own audit finds nothing: stock_does_not_add_up v1:tee/,
    );
  });
});

describe('the command', () => {
  test('ends with 2 and one reason where it is asked for what it does not do', async () => {
    const { code, output } = await load('flash-sale', '--buyers', '1000000');
    expect(code).toBe(2);
    expect(output).toContain('--buyers is "1000000": a whole number of 1 to 5000');
  });
});
