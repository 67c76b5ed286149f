import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { requestHost } from './host-request.ts';
import { readKeys } from './keys.ts';
import { ephemeralPorts, type Ports } from './ports.ts';
import { childrenOf, isAlive } from './process-table.ts';

const READY_TIMEOUT_MS = 120_000;
const GONE_TIMEOUT_MS = 10_000;

let dir: string;
let ports: Ports;
let started: ChildProcess[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'commerce-start-'));
  ports = await ephemeralPorts();
  started = [];
});
afterEach(async () => {
  await Promise.all(started.map((start) => endOf(start, 'SIGTERM')));
  await rm(dir, { recursive: true, force: true });
});

type Start = { process: ChildProcess; output(): string };

function npmStart(...args: string[]): Start {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'start.ts'), '--dir', dir, ...args],
    {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        FRONT_DOOR_PORT: String(ports.frontDoor),
        NODE_SERVICE_PORT: String(ports.nodeService),
        STRIPE_STAND_IN_PORT: String(ports.stripeStandIn),
        POSTGRES_PORT: String(ports.postgres),
        PRISM_PORT: String(ports.prism),
        METRICS_PORT: String(ports.metrics),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  started.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk;
    });
  }
  return { process: child, output: () => output };
}

/** Exit code, or the signal that ended it. */
async function endOf(child: ChildProcess, signal: NodeJS.Signals): Promise<number | string | null> {
  if (child.exitCode !== null || child.signalCode !== null)
    return child.exitCode ?? child.signalCode;
  const ended = new Promise<number | string | null>((done) => {
    child.once('exit', (code, name) => done(code ?? name));
  });
  child.kill(signal);
  return ended;
}

async function ready(start: Start): Promise<void> {
  await vi.waitFor(
    () => {
      if (start.process.exitCode !== null) throw new Error(`ended:\n${start.output()}`);
      expect(start.output()).toMatch(/^ready$/m);
    },
    { timeout: READY_TIMEOUT_MS, interval: 200 },
  );
}

/** Every process below this one. */
async function descendants(pid: number): Promise<number[]> {
  const children = await childrenOf(pid);
  return [...children, ...(await Promise.all(children.map(descendants))).flat()];
}

async function allGone(pids: readonly number[]): Promise<void> {
  await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), {
    timeout: GONE_TIMEOUT_MS,
    interval: 100,
  });
}

function home() {
  const origin = `http://127.0.0.1:${ports.frontDoor}`;
  return requestHost({ origin, host: `aurora.localhost:${ports.frontDoor}`, path: '/en-IE/' });
}

test('Ctrl-C stops everything within seconds, with exit code 0, and what was made is there at the next start', async () => {
  const first = npmStart();
  await ready(first);
  expect(first.output()).toContain(`http://aurora.localhost:${ports.frontDoor}/`);
  expect((await home()).status).toBe(200);
  const keys = await readKeys(dir);
  const processes = await descendants(first.process.pid as number);
  expect(processes.length).toBeGreaterThan(6);
  const askedMs = Date.now();
  expect(await endOf(first.process, 'SIGINT')).toBe(0);
  expect(Date.now() - askedMs).toBeLessThan(8_000);
  await allGone(processes);

  const second = npmStart();
  await ready(second);
  expect((await readKeys(dir)).gatewayPrivateKey).toBe(keys.gatewayPrivateKey);
  expect(await endOf(second.process, 'SIGTERM')).toBe(0);
});

test('nothing stays when the platform is killed, and it starts again at once', async () => {
  const first = npmStart();
  await ready(first);
  const processes = await descendants(first.process.pid as number);
  first.process.kill('SIGKILL');
  const second = npmStart();
  await ready(second);
  await allGone(processes);
  expect((await home()).status).toBe(200);
});

test('nothing stays when every Node process of the platform is killed, once it is started again', async () => {
  const first = npmStart();
  await ready(first);
  const pid = first.process.pid as number;
  const below = await descendants(pid);
  const direct = await childrenOf(pid);
  for (const victim of [pid, ...direct]) process.kill(victim, 'SIGKILL');
  const second = npmStart();
  await ready(second);
  await allGone(below);
});

test('stops half way through a start', async () => {
  const start = npmStart();
  await vi.waitFor(() => expect(start.output()).toContain('starting Postgres ('), {
    timeout: 30_000,
  });
  const processes = await descendants(start.process.pid as number);
  expect(await endOf(start.process, 'SIGINT')).toBe(0);
  await allGone(processes);
});

test('a fresh start forgets the secrets of the one before', async () => {
  const first = npmStart();
  await ready(first);
  const before = await readKeys(dir);
  await endOf(first.process, 'SIGINT');
  const second = npmStart('--fresh');
  await ready(second);
  expect((await readKeys(dir)).stripeWebhookSecret).not.toBe(before.stripeWebhookSecret);
});

test('a second start in one folder is refused, and the first goes on', async () => {
  const first = npmStart();
  await ready(first);
  ports = await ephemeralPorts();
  const second = npmStart();
  await vi.waitFor(() => expect(second.process.exitCode).toBe(1), { timeout: 20_000 });
  expect(second.output()).toContain(`already runs in ${dir} (process ${first.process.pid})`);
  expect(first.process.exitCode).toBeNull();
});

test('a taken port stops the start, by name and with the variable that moves it', async () => {
  const server = createServer();
  await new Promise<void>((done) => server.listen(ports.frontDoor, '127.0.0.1', done));
  try {
    const start = npmStart();
    await vi.waitFor(() => expect(start.process.exitCode).toBe(1), { timeout: 20_000 });
    expect(start.output()).toContain(`port ${ports.frontDoor} is taken`);
    expect(start.output()).toContain('FRONT_DOOR_PORT');
  } finally {
    server.close();
  }
});
