import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestEdge, type TestEdge } from '../../local/test-edge.ts';
import { type DnsStandIn, startDnsStandIn } from './testing/dns-stand-in.ts';
import { type Ran, runHosts } from './testing/run-hosts.ts';
import { selfSigned } from './testing/self-signed.ts';
import { startTlsStandIn, type TlsStandIn } from './testing/tls-stand-in.ts';

/** What a front door knows of a host is as old as this at most, where KV has no edge. */
const SEEN_WITHIN_MS = 60_000;
const LOCALES = ['--locales', 'en de'];

/** Runs until the front door has seen what was written. */
async function until(run: () => Promise<Ran>, seen: RegExp): Promise<Ran> {
  const deadlineMs = Date.now() + SEEN_WITHIN_MS;
  for (;;) {
    const ran = await run();
    if (seen.test(ran.stdout) || Date.now() > deadlineMs) return ran;
    await sleep(1_000);
  }
}

/** State by title, as the lines say it; where a run looked twice, what it saw last. */
function stepsOf({ stdout }: Ran): Record<string, string> {
  const lines = stdout.matchAll(/^(done|MISSING|waiting|later|-) +([^:]+):/gm);
  return Object.fromEntries([...lines].map(([, state, title]) => [title ?? '', state ?? '']));
}

describe('a shop on this machine', () => {
  let edge: TestEdge;
  beforeAll(async () => {
    edge = await startTestEdge();
  }, 120_000);
  afterAll(() => edge?.dispose());

  const onboard = (host: string, ...args: readonly string[]) =>
    runHosts(edge, 'onboard', host, '--shop', 'aurora', ...args);

  test('is walked from nothing to open, one run at a time, with no notes kept', async () => {
    const first = await onboard('walk.localhost', ...LOCALES);
    expect(first.exitCode).toBe(1);
    expect(stepsOf(first)).toMatchObject({
      'the name is valid and free': 'done',
      'the way': 'done',
      'the shop': 'done',
      'the mapping': 'MISSING',
      'DNS leads to the platform': '-',
      'the certificate': '-',
      open: 'later',
    });
    expect(first.stdout).toContain('Dry run');

    const mapped = await onboard('walk.localhost', ...LOCALES, '--apply');
    expect(mapped.stdout).toContain('Written as version 1.');

    const ready = await until(() => onboard('walk.localhost'), /everything is ready/);
    expect(stepsOf(ready)).toMatchObject({
      'the mapping': 'done',
      'the front door answers for it': 'done',
      'its first page': 'done',
      'the shop may trade': 'done',
      open: 'MISSING',
    });
    expect(ready.exitCode).toBe(1);

    const shown = await onboard('walk.localhost', '--activate');
    expect(shown.stdout).toContain('mode  landing_only → active');
    expect(shown.stdout).toContain('Dry run');

    const opened = await onboard('walk.localhost', '--activate', '--apply');
    expect(opened.stdout).toContain('Written as version 2.');
    const open = await until(() => onboard('walk.localhost'), /aurora, version 2\n/);
    expect(stepsOf(open)).toMatchObject({
      'the front door answers for it': 'done',
      open: 'done',
      everywhere: expect.stringMatching(/waiting|done/),
    });
  }, 240_000);

  test('is not opened while the registry says that it may not trade', async () => {
    edge.origin.answerWith(({ target }) =>
      target === '/ops/v1/shops/aurora'
        ? {
            status: 200,
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({
              shopId: 'aurora',
              displayName: 'A',
              mayTrade: false,
              maySettle: true,
              createdAt: '2026-11-01T09:00:00Z',
            }),
          }
        : undefined,
    );
    await edge.putHost('closed.localhost', { shopId: 'aurora', mode: 'landing_only' });
    const refused = await onboard('closed.localhost', '--activate', '--apply');
    expect(stepsOf(refused)).toMatchObject({ 'the shop may trade': 'MISSING', open: 'later' });
    expect(refused.stderr).toContain('the shop may trade');
    expect(refused.exitCode).toBe(1);
    edge.origin.reset();
  });

  test('that is another shop’s, or a name that nobody may have, is left alone', async () => {
    await edge.putHost('taken.localhost', { shopId: 'borealis' });
    const taken = await onboard('taken.localhost', '--activate', '--apply');
    expect(taken.stdout).toContain('it is the shop borealis');
    expect(taken.stdout).toContain('runbooks/cutover.md');
    const reserved = await onboard('ops.localhost', ...LOCALES, '--apply');
    expect(stepsOf(reserved)['the name is valid and free']).toBe('MISSING');
    expect(reserved.exitCode).toBe(1);
  });

  test('as a vanity host redirects, and never trades', async () => {
    await edge.putHost('spring-shop.localhost', { shopId: 'aurora' });
    const vanity = ['--kind', 'vanity', '--canonical', 'spring-shop.localhost'];
    const applied = await onboard('spring.localhost', ...vanity, '--apply');
    expect(applied.stdout).toContain('(none) → redirect_only');
    const done = await until(() => onboard('spring.localhost', ...vanity), /done +it redirects/);
    expect(stepsOf(done)).toMatchObject({ 'it redirects': 'done', open: '-' });
    expect(done.exitCode).toBe(0);
  }, 180_000);
});

describe('a shop’s own domain', () => {
  const HOST = 'shop.example.org';
  let edge: TestEdge;
  let dns: DnsStandIn;
  let tls: TlsStandIn;
  let folder: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    edge = await startTestEdge({ publicScheme: 'https', publicPort: '' });
    dns = await startDnsStandIn();
    const pair = selfSigned([HOST], new Date(Date.now() + 60 * 86_400_000));
    tls = await startTlsStandIn(pair, edge.port);
    folder = await mkdtemp(join(tmpdir(), 'onboard-'));
    await writeFile(join(folder, 'ca.pem'), pair.cert);
    await writeFile(join(folder, 'ranges.json'), '{ "ipv4": ["127.0.0.0/8"], "ipv6": [] }');
    env = { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'), SHOPS_ZONE: 'example.net' };
  }, 120_000);
  afterAll(async () => {
    await tls?.stop();
    await dns?.stop();
    await edge?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  const onboard = (host: string, ...args: readonly string[]) =>
    runHosts(
      { ...edge, env },
      ...[
        'onboard',
        host,
        '--kind',
        'apex',
        '--by',
        'zone',
        '--shop',
        'aurora',
        '--resolver',
        dns.server,
      ],
      ...['--addresses', join(folder, 'ranges.json'), ...args],
    );
  const there = () => ['--edge', tls.secure, '--edge-http', tls.plain];

  test('is told its records, and DNS, certificate and redirect are looked at in earnest', async () => {
    const nowhere = await onboard(HOST, ...LOCALES);
    expect(stepsOf(nowhere)).toMatchObject({
      'DNS leads to the platform': 'MISSING',
      'the certificate': 'later',
    });
    expect(nowhere.stdout).toMatch(/shop\.example\.org {2}AAAA {2}100::/);

    dns.records.set(HOST, '203.0.113.9');
    const elsewhere = await onboard(HOST, ...LOCALES);
    expect(elsewhere.stdout).toContain("203.0.113.9 is not the platform's");

    dns.records.set(HOST, '127.0.0.1');
    await onboard(HOST, ...LOCALES, '--apply');
    const ready = await until(() => onboard(HOST, ...there()), /everything is ready/);
    expect(stepsOf(ready)).toMatchObject({
      'DNS leads to the platform': 'done',
      'the certificate': 'done',
      'the front door answers for it': 'done',
      'its first page': 'done',
      'http leads to https': 'done',
    });
    expect(ready.stdout).toMatch(
      /the certificate: for shop\.example\.org until .*, (59|60) days, by A test/,
    );
  }, 180_000);

  test('is not opened with a certificate for another name', async () => {
    const other = 'other.example.org';
    dns.records.set(other, '127.0.0.1');
    await edge.putHost(other, { shopId: 'aurora', mode: 'landing_only' });
    const refused = await onboard(other, ...there(), '--activate', '--apply');
    expect(refused.stdout).toMatch(/MISSING {2}the certificate: not valid for other\.example\.org/);
    expect(refused.stderr).toContain('Nothing can be written yet. First: the certificate');
    expect(refused.exitCode).toBe(1);
  });

  test('that moves here opens before DNS leads here', async () => {
    dns.records.set(HOST, '203.0.113.9');
    const before = await until(() => onboard(HOST, ...there()), /everything is ready/);
    expect(stepsOf(before)).toMatchObject({
      'DNS leads to the platform': 'MISSING',
      open: 'MISSING',
    });
    const opened = await onboard(HOST, ...there(), '--activate', '--apply');
    expect(opened.stdout).toContain('mode  landing_only → active');
    expect(opened.stdout).toContain('Written as version 2.');
  }, 180_000);
});
