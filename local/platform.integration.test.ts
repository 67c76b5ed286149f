import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { isPortFree } from './free-port.ts';
import { requestHost } from './host-request.ts';
import { type Platform, startPlatform } from './platform.ts';

const START_TIMEOUT_MS = 120_000;

let dir: string;
let platform: Platform;
const said: string[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'commerce-platform-'));
  platform = await startPlatform({ dir, fsync: false, log: (message) => said.push(message) });
}, START_TIMEOUT_MS);
afterAll(async () => {
  await platform?.stop();
  await rm(dir, { recursive: true, force: true });
});

function get(host: string, path: string) {
  const { frontDoor } = platform.urls;
  return requestHost({ origin: frontDoor, host: `${host}:${platform.ports.frontDoor}`, path });
}

test('serves both demo shops, each under its own host, and no other host', async () => {
  const [aurora, borealis, nobody] = await Promise.all([
    get('aurora.localhost', '/en-IE/'),
    get('borealis.localhost', '/en-US/'),
    get('nobody.localhost', '/'),
  ]);
  expect([aurora.status, borealis.status, nobody.status]).toEqual([200, 200, 404]);
  expect(aurora.text).toContain('Aurora');
  expect(borealis.text).toContain('Borealis');
});

test('writes every secret, token and URL into keys.json, for its owner alone', async () => {
  const file = join(dir, 'keys.json');
  const keys = JSON.parse(await readFile(file, 'utf8'));
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  for (const name of [
    'stripeWebhookSecret',
    'billingWebhookSecret',
    'operatorToken',
    'gatewayKeyId',
    'gatewayPrivateKey',
  ]) {
    expect(keys[name], name).toMatch(/\S/);
  }
  for (const name of ['reconciliationTokens', 'staffTokens', 'customerTokens']) {
    expect(Object.keys(keys[name]).sort(), name).toEqual(['aurora', 'borealis']);
  }
  expect(keys.shops).toHaveLength(2);
  expect(keys.shops[0]).toMatchObject({ id: 'aurora', host: 'aurora.localhost' });
  expect(keys.shops[0].skus[0]).toHaveProperty('sku');
  expect(keys.urls).toEqual(platform.urls);
});

test('each process logs into a file of its own', async () => {
  const logs = await readdir(join(dir, 'logs'));
  expect(logs.sort()).toEqual(
    ['edge', 'jobs', 'node-service', 'postgres', 'stripe-stand-in'].map((name) => `${name}.log`),
  );
});

test('answers for its metrics', async () => {
  const answer = await fetch(platform.urls.metrics);
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('# TYPE');
});

test('starts the node service again when it dies, and says so', {
  timeout: START_TIMEOUT_MS,
}, async () => {
  const pid = platform.nodeService.pid() as number;
  process.kill(pid, 'SIGKILL');
  await vi.waitFor(() => expect(said.join('\n')).toContain('node-service runs again'), {
    timeout: START_TIMEOUT_MS,
    interval: 100,
  });
  expect(said.join('\n')).toContain('node-service ended (signal SIGKILL)');
  expect((await get('aurora.localhost', '/en-IE/')).status).toBe(200);
});

test('survives its Postgres being killed', { timeout: START_TIMEOUT_MS }, async () => {
  process.kill(platform.postgres?.current().pid as number, 'SIGKILL');
  await vi.waitFor(() => expect(said.join('\n')).toContain('postgres runs again'), {
    timeout: START_TIMEOUT_MS,
    interval: 100,
  });
  await vi.waitFor(
    async () => {
      const path = '/api/inventory/availability?variantKey=v1:tee';
      expect((await get('aurora.localhost', path)).status).toBeLessThan(500);
    },
    { timeout: 30_000, interval: 200 },
  );
});

test('leaves the jobs down while a test wants them down', {
  timeout: START_TIMEOUT_MS,
}, async () => {
  await platform.killJobs();
  expect(platform.jobs.pid()).toBeUndefined();
  await platform.startJobs();
  expect(platform.jobs.pid()).toBeDefined();
});

test('leaves no listener behind when it stops', async () => {
  await platform.stop();
  const { frontDoor, nodeService, stripeStandIn, postgres, metrics } = platform.ports;
  for (const port of [frontDoor, nodeService, stripeStandIn, postgres, metrics]) {
    expect(await isPortFree(port), String(port)).toBe(true);
  }
  expect(await readdir(dir)).not.toContain('running.json');
});
