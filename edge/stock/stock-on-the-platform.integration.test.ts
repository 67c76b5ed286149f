/** What an operator does by `npm run stock`, as the shop has it afterwards: front door, gateway, node service, Postgres. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requestHost } from '../../local/host-request.ts';
import { type Platform, startPlatform } from '../../local/platform.ts';
import { type Ran, runProgramAt } from '../operator-cli/testing/run-program.ts';

const WHY = ['--reason', 'Counted in the evening'] as const;

let folder: string;
let platform: Platform;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stock-platform-'));
  platform = await startPlatform({ dir: join(folder, 'platform'), fsync: false });
}, 120_000);
afterAll(async () => {
  await platform?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

function stock(...args: readonly string[]): Promise<Ran> {
  const at = { port: platform.ports.frontDoor, operatorToken: platform.keys.operatorToken };
  return runProgramAt('stock', at, ...args);
}

/** On hand, held and free of a variant of Aurora, as `show` has it. */
async function figures(sku: string): Promise<readonly number[]> {
  const { stdout } = await stock('show', 'aurora', sku, '--json');
  const { onHand, held, available } = JSON.parse(stdout);
  return [onHand, held, available];
}

async function buy(quantity: number): Promise<void> {
  const { status, text } = await requestHost({
    origin: platform.urls.frontDoor,
    host: `aurora.localhost:${platform.ports.frontDoor}`,
    method: 'POST',
    path: '/api/checkout-session',
    headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
    body: JSON.stringify({ items: [{ sku: 'mug', quantity }] }),
  });
  expect([status, text]).toEqual([201, expect.any(String)]);
}

async function countOf(...rows: readonly string[]): Promise<string> {
  const path = join(folder, `count-${rows.length}.csv`);
  await writeFile(path, `variantKey,onHand\n${rows.join('\n')}\n`);
  return path;
}

test('what is added is there once, and said with its reason', async () => {
  const [before = 0] = await figures('mug');
  const add = ['adjust', 'aurora', 'mug', '+7', ...WHY, '--apply', '--key', 'k'.repeat(22)];
  const first = await stock(...add);
  expect([first.stderr, first.exitCode]).toEqual(['', 0]);
  expect(first.stdout).toBe(`v1:mug  ${before} → ${before + 7}  (0 held), restock\n`);
  expect((await stock(...add)).stdout).toContain('done before with this key');
  expect(await figures('mug')).toEqual([before + 7, 0, before + 7]);
  const { stdout } = await stock('history', 'aurora', 'mug', '--limit', '1');
  expect(stdout).toContain(`${before} → ${before + 7}  (0 held), restock`);
  expect(stdout).toContain('Counted in the evening · ');
});

test('a file that fails for two reasons is refused whole, and told of both; mended, it is written once', async () => {
  await buy(3);
  const before = await figures('mug');
  const wrong = await countOf('v1:yacht,1', 'v1:mug,2', 'v1:poster,4');
  const refused = await stock('import', 'aurora', wrong, ...WHY, '--apply');
  expect(refused.stderr).toContain('row 2: v1:yacht, refused unless the catalogue has it');
  expect(refused.stderr).toContain('row 3: v1:mug has 3 held for buyers');
  expect(refused.exitCode).toBe(1);
  const unknown = await countOf('v1:yacht,1', 'v1:mug,30');
  const named = await stock('import', 'aurora', unknown, ...WHY, '--apply');
  expect(named.stderr).toContain('refused, inventory_unknown_variant (409)');
  expect(named.stderr).toContain('row 2: this shop has no v1:yacht');
  expect(named.exitCode).toBe(1);
  expect(await figures('mug')).toEqual(before);
  const mended = ['import', 'aurora', await countOf('v1:mug,30'), ...WHY, '--apply'];
  expect((await stock(...mended)).stdout).toMatch(/: 1 written, 0 so already\.\n$/);
  expect((await stock(...mended)).stdout).toContain('written before');
  expect(await figures('mug')).toEqual([30, 3, 27]);
});

test('a shop that trades adds up, and the list has what each command wrote', async () => {
  const audit = await stock('audit', 'aurora');
  expect(audit.stderr).toMatch(/, 0 findings\n$/);
  expect(audit.exitCode).toBe(0);
  const list = await stock('list', 'aurora');
  const [onHand, held, free] = await figures('mug');
  expect(list.stdout).toMatch(new RegExp(`^v1:mug +${onHand} +${held} +${free}$`, 'm'));
});

test('another shop has none of it, and a shop that is not there is said to be unknown', async () => {
  const theirs = await stock('history', 'borealis', '--json');
  expect(theirs.stdout).not.toContain('Counted in the evening');
  const none = await stock('list', 'atlantis');
  expect(none.stderr).toContain('shop_unknown (404)');
  expect(none.exitCode).toBe(1);
});
