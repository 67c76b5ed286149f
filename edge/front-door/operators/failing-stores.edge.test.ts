import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startTestEdge, type TestEdge } from '../../../local/test-edge.ts';
import { ifMatch, operatorCalls } from './testing/operator-calls.ts';

let edge: TestEdge;
const { ask, put, remove, get, history } = operatorCalls(() => edge);

beforeAll(async () => {
  const entry = new URL('../testing/faulty-stores-worker.ts', import.meta.url);
  edge = await startTestEdge({ frontDoorEntry: fileURLToPath(entry) });
});
afterAll(() => edge?.dispose());

const breakStore = (store: 'kv' | 'd1') =>
  edge.call('faults.localhost', `/${store}`, { method: 'PUT' });
const mendStores = () => edge.call('faults.localhost', '/', { method: 'PUT' });

/** Lines of the log, as soon as one of them is what is looked for: they come through a pipe. */
async function logged(expected: object) {
  await vi.waitFor(
    () => {
      const lines = edge.logLines.flatMap((line) => {
        try {
          return [JSON.parse(line) as unknown];
        } catch {
          return [];
        }
      });
      expect(lines).toContainEqual(expect.objectContaining(expected));
    },
    { timeout: 30_000, interval: 50 },
  );
}

describe('where KV takes no write', () => {
  test('a mapping is written all the same, counted, and published by the next sweep', async () => {
    await breakStore('kv');
    const answer = await put('unpublished.localhost');
    expect(answer.status).toBe(200);
    expect(await get('unpublished.localhost')).toMatchObject({ version: 1 });
    expect((await history('unpublished.localhost')).items).toHaveLength(1);
    await logged({
      event: 'metric',
      name: 'mapping_publish_failed',
      host: 'unpublished.localhost',
    });

    edge.logLines.length = 0;
    await edge.runScheduled();
    await logged({ event: 'sweep_host_cache', due: 1, published: 0, failed: 1 });
    await mendStores();
    await edge.runScheduled();
    await logged({ event: 'sweep_host_cache', due: 1, published: 1, failed: 0 });
    await edge.runScheduled();
    await logged({ event: 'sweep_host_cache', due: 0, published: 0, failed: 0 });
  });

  test('a deletion stands, and what KV still has is replaced by the next sweep', async () => {
    expect((await put('lingering.localhost')).status).toBe(200);
    await breakStore('kv');
    expect((await remove('lingering.localhost', ifMatch(1))).status).toBe(204);
    expect(await get('lingering.localhost')).toBeNull();
    await mendStores();
    edge.logLines.length = 0;
    await edge.runScheduled();
    await logged({ event: 'sweep_host_cache', due: 1, published: 1, failed: 0 });
    const gone = await edge.call('lingering.localhost', '/api/nothing');
    expect(gone.json().code).toBe('host_unknown');
  });
});

describe('where D1 does not answer', () => {
  test('nothing is said to be written, and the operator is told to look', async () => {
    await put('standing.localhost');
    await breakStore('d1');
    const answers = [
      await put('standing.localhost', { mode: 'expired' }, ifMatch(1)),
      await remove('standing.localhost', ifMatch(1)),
      await ask('/ops/v1/hosts/standing.localhost'),
      await ask('/ops/v1/hosts'),
    ];
    for (const answer of answers) {
      expect([answer.status, answer.headers['retry-after']]).toEqual([503, '2']);
      expect(answer.json()).toMatchObject({
        code: 'service_unavailable',
        detail:
          'The database of hosts did not answer. Whether a write was stored is not known: read the host before you try again.',
      });
      expect(answer.text).not.toContain('D1_ERROR');
    }
    await expect(edge.runScheduled()).rejects.toThrow('exception');
    await mendStores();
    expect(await get('standing.localhost')).toMatchObject({ version: 1, mode: 'active' });
  });
});
