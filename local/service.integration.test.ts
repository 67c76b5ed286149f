import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startChild } from './child-process.ts';
import { launchProgram } from './node-program.ts';
import { waitForEnd } from './process-table.ts';
import { hasLogged } from './readiness.ts';
import { createService, type Service } from './service.ts';

let dir: string;
let said: string[];
let services: Service[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'commerce-service-'));
  said = [];
  services = [];
});
afterEach(async () => {
  await Promise.all(services.map((service) => service.stop()));
  await rm(dir, { recursive: true, force: true });
});

/** A service whose program logs `working` and then does as told. */
async function service(then: string, options: { restart?: boolean } = {}): Promise<Service> {
  const file = join(dir, 'program.mjs');
  await writeFile(
    file,
    `console.log(JSON.stringify({ msg: 'working', env: process.env.GREETING }));\n${then}`,
  );
  const logFile = join(dir, 'program.log');
  const created = createService({
    name: 'program',
    logFile,
    restart: options.restart ?? true,
    log: (message) => said.push(message),
    onGivenUp: (reason) => said.push(`given up: ${reason}`),
    launch: (extraEnv, onStarted) =>
      launchProgram(
        {
          name: 'program',
          logFile,
          args: [file],
          env: { ...extraEnv },
          ready: (child, offset) => hasLogged('working', logFile, offset, child),
        },
        onStarted,
      ),
  });
  services.push(created);
  return created;
}

const FOREVER = 'setInterval(() => {}, 1000);';

test('starts a program again that ended by itself, and says why it ended', async () => {
  const program = await service(FOREVER);
  await program.start();
  const firstPid = program.pid() as number;
  process.kill(firstPid, 'SIGKILL');
  await vi.waitFor(() => expect(said.join('\n')).toContain('runs again'), { timeout: 10_000 });
  expect(said[0]).toContain('program ended (signal SIGKILL)');
  expect(said[0]).toContain('"msg":"working"');
  expect(program.pid()).not.toBe(firstPid);
});

test('leaves a program down that was killed on purpose, until it is started again', async () => {
  const program = await service(FOREVER);
  await program.start({ GREETING: 'first' });
  expect(await program.kill()).toEqual({ code: null, signal: 'SIGKILL' });
  expect(program.pid()).toBeUndefined();
  await program.start({ GREETING: 'second' });
  expect(program.pid()).toBeDefined();
  expect(await readFile(program.logFile, 'utf8')).toMatch(/first.*second/s);
  expect(said).toEqual([]);
});

test('leaves a program down that ends by itself, where it shall not be restarted', async () => {
  const program = await service('setTimeout(() => process.exit(3), 300);', { restart: false });
  await program.start();
  expect(await program.exited()).toEqual({ code: 3, signal: null });
  expect(program.pid()).toBeUndefined();
});

test('rejects a start with the end of the log when the program ends before it is ready', async () => {
  const program = await service('');
  await writeFile(join(dir, 'program.mjs'), 'throw new Error("TENANT_DATABASE_URL is not set");');
  await expect(program.start()).rejects.toThrow('TENANT_DATABASE_URL is not set');
});

test('stops a program that is just being started', async () => {
  const program = await service(FOREVER);
  await writeFile(join(dir, 'program.mjs'), FOREVER);
  const starting = program.start().catch((error: Error) => error.message);
  await vi.waitFor(() => expect(program.pid()).toBeDefined());
  await program.stop();
  expect(await starting).toContain('ended while it started');
});

test('a program that does not end when asked is killed', async () => {
  const file = join(dir, 'stubborn.mjs');
  await writeFile(
    file,
    `process.on('SIGTERM', () => {}); console.log('{"msg":"working"}'); ${FOREVER}`,
  );
  const logFile = join(dir, 'stubborn.log');
  const child = await startChild({ args: [file], env: {}, logFile });
  await hasLogged('working', logFile, 0, child);
  expect(await child.stop(200)).toEqual({ code: null, signal: 'SIGKILL' });
});

test('programs end when whoever started them is killed', async () => {
  const program = join(dir, 'program.mjs');
  await writeFile(program, FOREVER);
  const parentFile = join(dir, 'parent.mjs');
  await writeFile(
    parentFile,
    `import { startChild } from ${JSON.stringify(new URL('./child-process.ts', import.meta.url).href)};
     const child = await startChild({ args: [${JSON.stringify(program)}], env: {}, logFile: ${JSON.stringify(join(dir, 'log'))} });
     console.log(child.pid);`,
  );
  const parent = spawn(process.execPath, [parentFile], { stdio: ['ignore', 'pipe', 'inherit'] });
  const childPid = await new Promise<number>((done) => {
    parent.stdout.once('data', (chunk) => done(Number(String(chunk))));
  });
  parent.kill('SIGKILL');
  expect(await waitForEnd(childPid, 3_000)).toBe(true);
});

test('a program may end by itself although its channel to the platform is open', async () => {
  const file = join(dir, 'short.mjs');
  await writeFile(file, 'console.log("done");');
  const child = await startChild({ args: [file], env: {}, logFile: join(dir, 'short.log') });
  expect(await child.exited).toEqual({ code: 0, signal: null });
});
