import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestEdge, type TestEdge } from '../../local/test-edge.ts';
import { type Ran, runHosts } from './testing/run-hosts.ts';

let edge: TestEdge;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hosts-'));
  edge = await startTestEdge();
}, 120_000);
afterAll(async () => {
  await edge?.dispose();
  await rm(folder, { recursive: true, force: true });
});

const hosts = (...args: readonly string[]): Promise<Ran> => runHosts(edge, ...args);

async function mappingOf(host: string): Promise<Record<string, unknown>> {
  const authorization = `Bearer ${edge.operatorToken}`;
  return (
    await edge.call('ops.localhost', `/ops/v1/hosts/${host}`, { headers: { authorization } })
  ).json();
}

async function file(name: string, ...lines: readonly string[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `${lines.join('\n')}\n`);
  return path;
}

const NEW = ['--shop', 'aurora', '--locales', 'en-IE de-DE', '--reason', 'A new shop'];

describe('set', () => {
  test('shows what would be and writes nothing, then writes it with --apply', async () => {
    const dry = await hosts('set', 'set.localhost', ...NEW);
    expect(dry.stderr).toBe('');
    expect(dry.stdout).toContain('set.localhost (new)\n  shopId         (none) → aurora\n');
    expect(dry.stdout).toContain('mode           (none) → landing_only');
    expect(dry.stdout).toContain('Dry run');
    expect(dry.exitCode).toBe(0);
    expect((await mappingOf('set.localhost')).code).toBe('host_unknown');

    const applied = await hosts('set', 'set.localhost', ...NEW, '--apply');
    expect(applied.stdout).toMatch(/Written as version 1\. It holds everywhere by .* \(90 s\)\./);
    expect(await mappingOf('set.localhost')).toMatchObject({ shopId: 'aurora', version: 1 });
  });

  test('changes what is said alone, and knows when there is nothing to change', async () => {
    await edge.putHost('change.localhost', { shopId: 'aurora', runtimeId: 'storefront-1' });
    const change = ['set', 'change.localhost', '--mode', 'landing_only', '--reason', 'It closes'];
    const applied = await hosts(...change, '--apply');
    expect(applied.stdout).toContain(
      'change.localhost (version 1)\n  mode  active → landing_only\n',
    );
    expect(await mappingOf('change.localhost')).toMatchObject({
      mode: 'landing_only',
      runtimeId: 'storefront-1',
      version: 2,
    });
    const again = await hosts(...change, '--apply');
    expect(again.stdout).toContain('nothing to write');
    expect(await mappingOf('change.localhost')).toMatchObject({ version: 2 });
  });

  test('makes an alias that speaks what its canonical host speaks', async () => {
    await edge.putHost('main.localhost', { shopId: 'aurora', locales: ['en', 'de'] });
    const alias = ['--canonical', 'main.localhost', '--shop', 'aurora', '--reason', 'An alias'];
    const { exitCode } = await hosts('set', 'www.main.localhost', ...alias, '--apply');
    expect(exitCode).toBe(0);
    expect(await mappingOf('www.main.localhost')).toMatchObject({
      kind: 'alias',
      canonicalHost: 'main.localhost',
      locales: ['en', 'de'],
    });
  });

  test('on a version that is gone says who changed what, and writes nothing', async () => {
    await edge.putHost('raced.localhost', { shopId: 'aurora' });
    await edge.putHost('raced.localhost', {
      shopId: 'aurora',
      mode: 'landing_only',
      reason: 'Pause',
    });
    const late = await hosts(
      ...['set', 'raced.localhost', '--shop', 'borealis', '--reason', 'Moving'],
      ...['--if-version', '1', '--apply'],
    );
    expect(late.exitCode).toBe(1);
    expect(late.stderr).toContain('raced.localhost is not at version 1 any more:');
    expect(late.stderr).toMatch(/version 2, .* by ida: Pause\n +mode {2}active → landing_only/);
    expect(await mappingOf('raced.localhost')).toMatchObject({ shopId: 'aurora', version: 2 });
  });

  test.each([
    ['a shop that is not there', ['--shop', 'nobody', '--locales', 'en'], 'shop_unknown'],
    [
      'a canonical host that is not there',
      ['--shop', 'aurora', '--locales', 'en', '--canonical', 'no.localhost'],
      'host_invalid',
    ],
    ['a locale that is none', ['--shop', 'aurora', '--locales', 'english'], 'malformed_request'],
    [
      'an expiry in the past',
      ['--shop', 'aurora', '--locales', 'en', '--expires-at', '2020-01-01T00:00:00Z'],
      'host_invalid',
    ],
  ])('is refused for %s, already as a dry run', async (_, settings, code) => {
    const refused = await hosts('set', 'refused.localhost', ...settings, '--reason', 'A try');
    expect(refused.stderr).toContain(`hosts: refused, ${code} (`);
    expect(refused.stderr).toMatch(/\[request [A-Za-z0-9_-]{8,}\]/);
    expect(refused.exitCode).toBe(1);
  });
});

test('used wrongly, the process ends with 2, and with 0 when it explains itself', async () => {
  const wrong = await hosts('set', 'a.localhost', '--locales', 'en', '--reason', 'Why');
  expect(wrong.stderr).toBe('hosts: a.localhost is not mapped yet: it needs --shop\n');
  expect(wrong.exitCode).toBe(2);
  expect((await hosts('set', '--help')).exitCode).toBe(0);
});

describe('the token', () => {
  test('that is no operator’s is refused, and printed nowhere', async () => {
    const operatorToken = 'ct1.not.the.operators';
    const refused = await runHosts({ port: edge.port, operatorToken }, 'list');
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('refused, unauthenticated (401)');
    expect(refused.stderr).toContain('--token-file');
    expect(refused.stdout + refused.stderr).not.toContain(operatorToken);
  });

  test('is read from a file before the environment', async () => {
    const path = await file('token', edge.operatorToken);
    const at = { port: edge.port, operatorToken: 'ct1.wrong' };
    expect((await runHosts(at, 'list', '--token-file', path)).exitCode).toBe(0);
  });
});

test('without a control plane it says where it looked', async () => {
  const nobody = await runHosts({ port: 1, operatorToken: 'ct1.any' }, 'list');
  expect(nobody.exitCode).toBe(1);
  expect(nobody.stderr).toMatch(/no answer from http:\/\/ops\.localhost:1: .*ECONNREFUSED/);
});

describe('list and show', () => {
  test('list the hosts of one shop in a table, over as many pages as there are', async () => {
    const names = Array.from({ length: 103 }, (_, n) => `l${String(n).padStart(3, '0')}.localhost`);
    const path = await file(
      'many.csv',
      'host,shopId,kind,mode,locales,reason',
      ...names.map((name) => `${name},borealis,canonical,active,en,Many`),
    );
    expect((await hosts('import', path, '--apply')).exitCode).toBe(0);
    const listed = await hosts('list', '--shop', 'borealis', '--mode', 'active');
    const lines = listed.stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^HOST +SHOP +KIND +MODE +CANONICAL HOST +LOCALES +VERSION$/);
    expect(lines.slice(1).map((line) => line.split(/\s+/)[0])).toEqual(names);
    const json = await hosts('list', '--shop', 'borealis', '--json');
    expect(JSON.parse(json.stdout.split('\n')[0] ?? '')).toMatchObject({ host: names[0] });
  });

  test('show one host, in whatever spelling it is asked for', async () => {
    await edge.putHost('shown.localhost', { shopId: 'aurora', configurationId: 'winter-2026' });
    const shown = await hosts('show', 'SHOWN.localhost.');
    expect(shown.stdout).toContain('configuration   winter-2026');
    expect((await hosts('show', 'hidden.localhost')).stderr).toBe(
      'hosts: hidden.localhost is not mapped\n',
    );
  });
});

test('a host moves to another shop with its alias, by the steps of the runbook', async () => {
  await edge.putHost('moving.localhost', { shopId: 'aurora' });
  const alias = { shopId: 'aurora', kind: 'alias', canonicalHost: 'moving.localhost' };
  await edge.putHost('www.moving.localhost', alias);
  const move = ['set', 'moving.localhost', '--shop', 'borealis', '--reason', 'Cutover', '--apply'];
  const early = await hosts(...move);
  expect(early.stderr).toContain('"www.moving.localhost"');
  expect(early.exitCode).toBe(1);

  const www = ['set', 'www.moving.localhost', '--reason', 'Cutover', '--apply'];
  expect((await hosts(...www, '--kind', 'canonical')).exitCode).toBe(0);
  expect((await hosts(...move)).exitCode).toBe(0);
  const back = ['--kind', 'alias', '--canonical', 'moving.localhost', '--shop', 'borealis'];
  expect((await hosts(...www, ...back)).exitCode).toBe(0);
  expect(await mappingOf('www.moving.localhost')).toMatchObject({
    shopId: 'borealis',
    kind: 'alias',
    canonicalHost: 'moving.localhost',
  });
});

describe('delete and history', () => {
  test('a host goes only with --apply, and keeps its history', async () => {
    await edge.putHost('gone.localhost', { shopId: 'aurora', reason: 'It begins' });
    const bye = ['delete', 'gone.localhost', '--reason', 'It ends'];
    const dry = await hosts(...bye);
    expect(dry.stdout).toContain('  mode           active → (none)');
    expect(await mappingOf('gone.localhost')).toMatchObject({ version: 1 });

    expect((await hosts(...bye, '--apply', '--if-version', '7')).exitCode).toBe(1);
    expect((await hosts(...bye, '--apply')).stdout).toContain('Deleted.');
    expect((await mappingOf('gone.localhost')).code).toBe('host_unknown');

    const { stdout } = await hosts('history', 'gone.localhost');
    expect(stdout).toMatch(/^version 2, deleted, .* by ida \[request .*\]\n {2}It ends\n/);
    expect(stdout).toMatch(
      /\nversion 1, mapped, .* by ida .*\n {2}It begins\n {2}shopId +\(none\) → aurora/,
    );
    const newest = await hosts('history', 'gone.localhost', '--limit', '1');
    expect(newest.stdout).not.toContain('version 1');
    expect(newest.stderr).toContain('There are older ones');
    expect((await hosts('history', 'never.localhost')).exitCode).toBe(1);
  });

  test('a host that others redirect to stays', async () => {
    await edge.putHost('kept.localhost', { shopId: 'aurora' });
    const alias = { shopId: 'aurora', kind: 'alias', canonicalHost: 'kept.localhost' };
    await edge.putHost('www.kept.localhost', alias);
    const refused = await hosts('delete', 'kept.localhost', '--reason', 'It ends', '--apply');
    expect(refused.stderr).toContain('refused, mapping_conflict (409)');
    expect(await mappingOf('kept.localhost')).toMatchObject({ version: 1 });
  });
});

describe('import', () => {
  const HEADER = 'host,shopId,canonicalHost,kind,mode,locales,defaultLocale,reason';
  const FILE = [
    HEADER,
    // The alias comes first: the file need not be in any order.
    'www.one.localhost,aurora,one.localhost,alias,active,en-IE de-DE,,An alias',
    'one.localhost,aurora,,canonical,landing_only,en-IE de-DE,de-DE,"Moved here, with its ""www"""',
    'spring.localhost,aurora,one.localhost,vanity,redirect_only,en-IE,,A campaign',
  ];

  test('shows every change and writes none, then writes canonical hosts first, then nothing any more', async () => {
    const path = await file('new.csv', ...FILE);
    const dry = await hosts('import', path);
    expect(dry.stderr).toBe('');
    expect(dry.stdout).toContain('one.localhost (new, line 3)\n  shopId         (none) → aurora\n');
    expect(dry.stdout).toContain('3 rows: 3 to write, 0 so already.');
    expect((await mappingOf('one.localhost')).code).toBe('host_unknown');

    const applied = await hosts('import', path, '--apply');
    expect(applied.stdout).toContain('3 to write, 0 so already; 3 written, 0 failed, 0 left.');
    expect(applied.exitCode).toBe(0);
    expect(await mappingOf('one.localhost')).toMatchObject({ defaultLocale: 'de-DE', version: 1 });
    expect(await mappingOf('www.one.localhost')).toMatchObject({ canonicalHost: 'one.localhost' });
    const { stdout } = await hosts('history', 'one.localhost');
    expect(stdout).toContain('Moved here, with its "www"');

    const again = await hosts('import', path, '--apply');
    expect(again.stdout).toContain('0 to write, 3 so already; 0 written, 0 failed, 0 left.');
  });

  test('checks every row before the first is written', async () => {
    const path = await file(
      'refused.csv',
      HEADER,
      'fine.localhost,aurora,,canonical,active,en,,Why',
      'ops.localhost,aurora,,canonical,active,en,,Why',
      'lost.localhost,aurora,nowhere.localhost,alias,active,en,,Why',
      'whose.localhost,nobody,,canonical,active,en,,Why',
    );
    const refused = await hosts('import', path, '--apply', '--keep-going');
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(
      /Nothing was written.*\n {2}line 3: ops\.localhost: .*host_invalid/,
    );
    expect(refused.stderr).toMatch(/line 4: lost\.localhost: .*host_invalid/);
    expect(refused.stderr).toMatch(/line 5: whose\.localhost: .*shop_unknown/);
    expect((await mappingOf('fine.localhost')).code).toBe('host_unknown');
  });

  test('stops at the first failure and says what is left; --keep-going goes on', async () => {
    const path = await file(
      'halfway.csv',
      HEADER,
      'first.localhost,aurora,,canonical,active,en,,Why',
      'second.localhost,borealis,,canonical,active,en,,Why',
      'third.localhost,aurora,,canonical,active,en,,Why',
    );
    // The registry knows the shop when the row is checked, and is out when it is written.
    const failing = () => {
      let asked = 0;
      edge.origin.answerWith(({ target }) => {
        if (target !== '/ops/v1/shops/borealis') return undefined;
        asked += 1;
        return asked === 1 ? undefined : { status: 503, body: '{}' };
      });
    };
    failing();
    const stopped = await hosts('import', path, '--apply');
    expect(stopped.exitCode).toBe(1);
    expect(stopped.stdout).toContain('3 to write, 0 so already; 1 written, 1 failed, 1 left.');
    expect(stopped.stderr).toMatch(/Failed:\n {2}line 3: second\.localhost: refused/);
    expect(stopped.stderr).toContain('Left as they were:\n  line 4: third.localhost');

    failing();
    const onwards = await hosts('import', path, '--apply', '--keep-going');
    expect(onwards.stdout).toContain('2 to write, 1 so already; 1 written, 1 failed, 0 left.');
    expect(await mappingOf('third.localhost')).toMatchObject({ version: 1 });

    edge.origin.reset();
    const done = await hosts('import', path, '--apply');
    expect(done.stdout).toContain('1 to write, 2 so already; 1 written, 0 failed, 0 left.');
  });

  test('says how far it is with a long file', async () => {
    const rows = Array.from(
      { length: 120 },
      (_, n) => `p${n}.localhost,aurora,,canonical,active,en,,Why`,
    );
    const { stderr } = await hosts('import', await file('long.csv', HEADER, ...rows));
    expect(stderr).toContain('50 of 120 looked at\n100 of 120 looked at\n50 of 120 checked');
  });
});
