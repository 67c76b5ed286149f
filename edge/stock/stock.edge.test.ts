/** `npm run stock` as an operator runs it, through the front door and the gateway. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { problem } from '@commerce/contracts/vocabulary/problem.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { json, type RecordedCall } from '../../local/recording-origin.ts';
import { startTestEdge, type TestEdge } from '../../local/test-edge.ts';
import { type Ran, runProgramAt } from '../operator-cli/testing/run-program.ts';

let edge: TestEdge;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stock-'));
  edge = await startTestEdge();
}, 120_000);
afterAll(async () => {
  await edge?.dispose();
  await rm(folder, { recursive: true, force: true });
});

const stock = (...args: readonly string[]): Promise<Ran> => runProgramAt('stock', edge, ...args);

const AT = '2026-11-23T12:00:00.000Z';
const LEVELS = [
  { variantKey: 'v1:bag', sku: 'bag', onHand: 25, held: 0, available: 25 },
  { variantKey: 'v1:mug', sku: 'mug', onHand: 20, held: 12, available: 8 },
];
const CHANGE = {
  changeId: '019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e',
  variantKey: 'v1:mug',
  kind: 'restock',
  before: 10,
  after: 20,
  held: 0,
  reason: 'The spring delivery',
  changedBy: 'ida',
  changedAt: AT,
  requestId: 'req_2f1c9d7e4b',
};
const AUDIT = {
  shopId: 'aurora',
  asOf: AT,
  variants: [{ variantKey: 'v1:mug', sku: 'mug', stocked: 30, sold: 10, held: 12, free: 8 }],
  findings: [] as object[],
};

/** Two pages of stock, and whatever else is asked for in one. */
function answer({ target }: RecordedCall) {
  const url = new URL(target, 'http://node');
  if (url.pathname.endsWith('/stock')) {
    const [bag, mug] = LEVELS;
    return json(
      url.searchParams.has('after')
        ? { items: [mug], asOf: AT }
        : { items: [bag], asOf: AT, next: 'v1:bag' },
    );
  }
  if (url.pathname.endsWith('/changes')) return json({ items: [CHANGE] });
  if (url.pathname.endsWith('/audit')) return json(AUDIT);
  if (url.pathname.endsWith('/adjustments')) {
    const { changeId, variantKey, held } = { ...CHANGE, held: 12 };
    return json({ changeId, variantKey, before: 20, after: 25, held, changedAt: AT });
  }
  if (url.pathname.includes('/imports/')) {
    const importId = url.pathname.split('/').at(-1);
    return json({ importId, rows: 2, changed: 1, unchanged: 1, importedAt: AT });
  }
  return undefined;
}

const writes = () => edge.origin.calls.filter(({ method }) => method !== 'GET');
const bodyOf = (call: RecordedCall | undefined) => JSON.parse(call?.body.toString() ?? 'null');

beforeEach(() => {
  edge.origin.reset();
  edge.origin.answerWith(answer);
});

describe('what there is', () => {
  test('is listed, page after page, as a table or a line each', async () => {
    const { stdout, stderr, exitCode } = await stock('list', 'aurora');
    expect(stdout).toBe(
      'variant  on hand  held  free\nv1:bag        25     0    25\nv1:mug        20    12     8\n',
    );
    expect([stderr, exitCode]).toEqual(['2 variants\n', 0]);
    const lines = (await stock('list', 'aurora', '--json')).stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(LEVELS);
  });

  test('of one variant is shown with its last changes', async () => {
    const { stdout, exitCode } = await stock('show', 'aurora', 'mug');
    expect(stdout).toContain('v1:mug        20    12     8\n');
    expect(stdout).toContain(
      `${AT}  v1:mug  10 → 20  (0 held), restock\n  The spring delivery · ida`,
    );
    expect(exitCode).toBe(0);
    const none = await stock('show', 'aurora', 'hat');
    expect([none.stderr, none.exitCode]).toEqual(['stock: aurora has no stock of v1:hat\n', 1]);
  });

  test('has a history, of a variant or of all', async () => {
    const { stdout } = await stock('history', 'aurora', 'mug');
    expect(stdout).toContain('10 → 20');
    expect(edge.origin.calls.at(-1)?.target).toContain('variantKey=v1%3Amug');
  });

  test('is audited: exit code 1 with each finding, where something does not agree', async () => {
    const well = await stock('audit', 'aurora');
    expect(well.stdout).toBe(
      'variant  stocked  sold  held  free\nv1:mug        30    10    12     8\n',
    );
    expect([well.stderr, well.exitCode]).toEqual([`1 variants as of ${AT}, 0 findings\n`, 0]);
    const findings = [{ kind: 'units_oversold', subject: 'v1:mug', detail: '31 of 30' }];
    edge.origin.answerWith(() => json({ ...AUDIT, findings }));
    const ill = await stock('audit', 'aurora');
    expect(ill.stderr).toContain('units_oversold  v1:mug: 31 of 30\n');
    expect(ill.exitCode).toBe(1);
  });
});

describe('adjust', () => {
  const take = ['adjust', 'aurora', 'mug', '-5', '--reason', 'Broken'];

  test('shows what would be and writes nothing, then writes it with --apply', async () => {
    const dry = await stock(...take);
    expect(dry.stdout).toBe(
      'v1:mug  20 → 15  (12 held), correction\nDry run: nothing was written. --apply writes.\n',
    );
    expect([writes(), dry.exitCode]).toEqual([[], 0]);
    const applied = await stock('adjust', 'aurora', 'mug', '+5', '--reason', 'Came in', '--apply');
    expect([applied.stdout, applied.stderr]).toEqual(['v1:mug  20 → 25  (12 held), restock\n', '']);
    const body = { variantKey: 'v1:mug', kind: 'restock', quantity: 5, reason: 'Came in' };
    expect(writes().map(bodyOf)).toEqual([body]);
    expect(writes()[0]?.headers.get('idempotency-key')).toMatch(/^[\w-]{22,}$/);
  });

  test('says in the dry run already that too much is held', async () => {
    const { stderr, exitCode } = await stock('adjust', 'aurora', 'mug', '-9', '--reason', 'Broken');
    expect(stderr).toBe('stock: 12 are held for buyers: no more than 8 can go\n');
    expect(exitCode).toBe(1);
  });

  test('repeats a call that failed with the same key, and says when it was done before', async () => {
    let calls = 0;
    const key = 'k'.repeat(24);
    edge.origin.answerWith((call) => {
      calls += 1;
      const answered = answer(call);
      if (calls === 1) return { status: 503, headers: { 'content-type': 'text/html' }, body: '' };
      return (
        answered && {
          ...answered,
          headers: { ...answered.headers, 'idempotency-replayed': 'true' },
        }
      );
    });
    const { stdout, exitCode } = await stock(...take, '--apply', '--key', key);
    expect(stdout).toContain('done before with this key: nothing was done now');
    expect(exitCode).toBe(0);
    expect(writes().map(({ headers }) => headers.get('idempotency-key'))).toEqual([key, key]);
  });

  test('says what the control plane refuses, and why', async () => {
    const items = [{ variantKey: 'v1:mug', sku: 'mug', requested: 9, available: 8 }];
    const errors = [{ path: '/body', message: 'v1:mug would have 11, and 12 of its 20 are held' }];
    const members = { detail: 'Less would be left.', requestId: 'req_00000001', shopId: 'aurora' };
    const body = problem('inventory_insufficient', { ...members, items, errors });
    edge.origin.answerWith(() => ({
      status: 409,
      headers: { 'content-type': 'application/problem+json' },
      body: JSON.stringify(body),
    }));
    const { stderr, exitCode } = await stock(...take, '--apply');
    expect(stderr).toContain('refused, inventory_insufficient (409): Less would be left.');
    expect(stderr).toContain('/body v1:mug would have 11, and 12 of its 20 are held');
    expect(exitCode).toBe(1);
    expect(stderr).not.toContain('--key');
  });
});

describe('set and import', () => {
  async function file(name: string, ...lines: readonly string[]): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, `${lines.join('\n')}\n`);
    return path;
  }

  test('set shows the difference, and writes what was counted with --apply', async () => {
    const count = ['set', 'aurora', 'mug', '18', '--reason', 'Counted'];
    expect((await stock(...count)).stdout).toContain(
      'v1:mug  20 → 18  (12 held)\n1 rows: 1 to write',
    );
    expect(writes()).toEqual([]);
    expect((await stock(...count, '--apply')).exitCode).toBe(0);
    const rows = [{ row: 1, variantKey: 'v1:mug', onHand: 18 }];
    expect(bodyOf(writes()[0])).toEqual({ reason: 'Counted', rows });
  });

  test('a file is compared, then written once: the same file has the same id', async () => {
    const path = await file('count.csv', 'variantKey,onHand', 'v1:mug,18', 'v1:bag,25');
    const dry = await stock('import', 'aurora', path, '--reason', 'Counted');
    expect(dry.stdout).toContain('v1:mug  20 → 18  (12 held)\n2 rows: 1 to write, 1 so already.');
    expect(writes()).toEqual([]);
    for (const _ of [1, 2]) await stock('import', 'aurora', path, '--reason', 'Counted', '--apply');
    const targets = writes().map(({ target }) => target);
    expect(new Set(targets).size).toBe(1);
    const named = await stock(
      'import',
      'aurora',
      path,
      '--reason',
      'Counted',
      '--id',
      'autumn-2026',
      '--apply',
    );
    expect(named.stdout).toContain('autumn-2026: 1 written, 1 so already.');
  });

  test('what would leave less than is held is refused before anything is sent', async () => {
    const path = await file('short.csv', 'variantKey,onHand', 'v1:bag,3', 'v1:mug,11', 'v1:hat,1');
    const { stderr, exitCode } = await stock(
      'import',
      'aurora',
      path,
      '--reason',
      'Counted',
      '--apply',
    );
    expect(stderr).toContain('row 3: v1:mug has 12 held for buyers');
    expect(stderr).toContain('row 4: v1:hat, refused unless the catalogue has it');
    expect([exitCode, writes()]).toEqual([1, []]);
  });

  test('a file with a fault names its lines, and nothing is asked', async () => {
    const path = await file('bad.csv', 'variantKey,onHand', 'Mug,1');
    const { stderr, exitCode } = await stock('import', 'aurora', path, '--reason', 'Counted');
    expect(stderr).toContain('line 2: "Mug" is no variant key');
    expect([exitCode, edge.origin.calls]).toEqual([2, []]);
  });
});

test('who is no operator is told what kind of token is needed', async () => {
  edge.origin.answerWith(() => undefined);
  const other = { port: edge.port, operatorToken: 'ct1.somebody.else' };
  const { stderr, exitCode } = await runProgramAt('stock', other, 'show', 'aurora', 'mug');
  expect(stderr).toMatch(/stock: refused, unauthenticated \(401\)/);
  expect(exitCode).toBe(1);
});
