/** What the front door's log says of its lookups: the line of each request, and the metrics. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestEdge, type TestEdge } from '../../../local/test-edge.ts';

const SHOP = 'aurora.localhost';

let edge: TestEdge;

beforeAll(async () => {
  edge = await startTestEdge();
  await edge.putHost(SHOP, { shopId: 'aurora' });
}, 120_000);
afterAll(() => edge?.dispose());

/** Sends a request and gives its line. */
async function lineOf(host: string): Promise<Record<string, unknown>> {
  const { headers } = await edge.call(host, '/api/nothing');
  const id = String(headers['x-request-id']);
  const isIts = (line: string): boolean => line.includes(id) && line.includes('"front-door"');
  await expect.poll(() => edge.logLines.some(isIts), { timeout: 30_000 }).toBe(true);
  return JSON.parse(edge.logLines.find(isIts) ?? '{}') as Record<string, unknown>;
}

function d1Reads(): number {
  return edge.logLines.filter((line) => line.includes('"mapping_d1_read"')).length;
}

test('requests to a shop read D1 not once', async () => {
  for (let request = 0; request < 20; request += 1) {
    expect(await lineOf(SHOP)).toMatchObject({
      shopId: 'aurora',
      mapping_source: 'memory',
      d1Reads: 0,
    });
  }
  expect(d1Reads()).toBe(0);
});

test('a host of nobody reads it once, and says so', async () => {
  expect(await lineOf('nobody.localhost')).toMatchObject({
    mapping_source: 'unmapped',
    d1Reads: 1,
  });
  expect(await lineOf('nobody.localhost')).toMatchObject({
    mapping_source: 'unmapped',
    d1Reads: 0,
  });
  expect(d1Reads()).toBe(1);
});
