import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestEdge } from './test-edge.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('mappings survive a restart in a folder, and only there', async () => {
  const persistDir = join(folder, 'kept');
  const first = await startTestEdge({ persistDir });
  expect((await first.putHost('kept.localhost', { shopId: 'aurora' })).status).toBe(200);
  await first.dispose();

  const second = await startTestEdge({ persistDir });
  expect((await second.call('kept.localhost', '/api/nothing')).json().code).toBe('not_found');
  const again = await second.putHost('kept.localhost', { shopId: 'aurora' });
  expect(again.json().version).toBe(2);
  await second.dispose();

  const elsewhere = await startTestEdge();
  expect((await elsewhere.call('kept.localhost', '/')).json().code).toBe('host_unknown');
  await elsewhere.dispose();
});

test('a port that is taken stops the start with an error', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await expect(startTestEdge({ port })).rejects.toThrow();
  server.close();
});
