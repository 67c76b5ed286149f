import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { readEnvironment } from './environment.ts';
import {
  API_KEY,
  control,
  sdk,
  startReceiver,
  teeSession,
  until,
  WEBHOOK_SECRET,
} from './test-rig.ts';

interface Running {
  process: ChildProcess;
  url: string;
  port: number;
  lines: Record<string, unknown>[];
}

async function run(environment: Record<string, string>): Promise<Running> {
  const main = join(import.meta.dirname, 'main.ts');
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH, STRIPE_STAND_IN_PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: Record<string, unknown>[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const parsed: Record<string, unknown> = JSON.parse(line);
    lines.push(parsed);
  });
  const listening = await until('the stand-in to listen', () =>
    lines.find(({ msg }) => msg === 'listening'),
  );
  return { process: child, url: String(listening.url), port: Number(listening.port), lines };
}

describe('the process', () => {
  test('loses nothing it answered when it is killed, and delivers the events after its restart', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'stripe-stand-in-'));
    const receiver = await startReceiver();
    receiver.answer = () => 503;
    const environment = {
      STAND_IN_DATA_DIR: dataDir,
      STAND_IN_API_KEY: API_KEY,
      STAND_IN_ENDPOINTS: JSON.stringify([
        {
          url: `http://127.0.0.1:${receiver.port}/api/stripe-webhook`,
          hostHeader: 'hooks.localhost:8787',
          secret: WEBHOOK_SECRET,
          events: ['checkout'],
        },
      ]),
    };
    const first = await run(environment);
    const { id } = await sdk(first).checkout.sessions.create(teeSession());
    await control(first, 'POST', `sessions/${id}/pay`, { outcome: 'succeeded' });
    first.process.kill('SIGKILL');
    await once(first.process, 'exit');

    receiver.answer = () => 200;
    const second = await run(environment);
    expect((await sdk(second).checkout.sessions.retrieve(id)).payment_status).toBe('paid');
    await until('the completed event', () =>
      receiver.received.some(({ event }) => event.type === 'checkout.session.completed'),
    );
    expect(second.lines).toContainEqual(
      expect.objectContaining({
        event: 'request',
        operation: 'checkout.sessions.retrieve',
        status: 200,
      }),
    );
    second.process.kill('SIGTERM');
    expect(await once(second.process, 'exit')).toEqual([0, null]);
    await receiver.stop();
    rmSync(dataDir, { recursive: true });
  });
});

describe('the environment', () => {
  test('has defaults for everything', () => {
    expect(readEnvironment({})).toEqual({ port: 12_111, endpoints: [] });
  });

  test.each([
    [{ STRIPE_STAND_IN_PORT: 'http' }, 'STRIPE_STAND_IN_PORT'],
    [{ STAND_IN_ENDPOINTS: '{}' }, 'STAND_IN_ENDPOINTS'],
    [{ STAND_IN_ENDPOINTS: '[{"url":"x"}]' }, 'STAND_IN_ENDPOINTS[0].url'],
    [{ STAND_IN_ENDPOINTS: '[{"url":"http://a/"}]' }, 'STAND_IN_ENDPOINTS[0].secret'],
    [{ STAND_IN_ENDPOINTS: '[{"url":"http://a/","secret":"s","events":["mail"]}]' }, '.events'],
  ])('names what is wrong in %j', (environment, message) => {
    expect(() => readEnvironment(environment)).toThrow(message);
  });
});
