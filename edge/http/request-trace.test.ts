import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type RequestTrace, traced } from './request-trace.ts';

let trace: RequestTrace;
let lines: string[];

beforeEach(() => {
  trace = { worker: 'gateway', requestId: 'request-1', shopId: 'aurora', endpoint: 'getCart' };
  lines = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => lines.push(line));
  vi.spyOn(console, 'error').mockImplementation((line: string) => lines.push(line));
});
afterEach(() => vi.restoreAllMocks());

test.each([
  ['rejects', async () => Promise.reject(new Error('the password is hunter2'))],
  [
    'throws',
    () => {
      throw new Error('the password is hunter2');
    },
  ],
])('a handler that %s gives a 500 problem that tells nothing', async (_, handle) => {
  const response = await traced(trace, handle);
  expect(response.status).toBe(500);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({
    code: 'internal_error',
    requestId: 'request-1',
    shopId: 'aurora',
  });
  expect(text).not.toContain('hunter2');
  const [fault, request] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(fault).toMatchObject({ event: 'fault', requestId: 'request-1' });
  expect(fault?.error).toContain('hunter2');
  expect(request).toMatchObject({ event: 'request', status: 500, outcome: 'failed' });
});

test('each request is one line, with what was learnt on the way', async () => {
  await traced({ ...trace, shopId: null }, async () => new Response('no', { status: 404 }));
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    event: 'request',
    worker: 'gateway',
    shopId: null,
    requestId: 'request-1',
    endpoint: 'getCart',
    status: 404,
    outcome: 'refused',
    latencyMs: expect.any(Number),
  });
});

test('the line of the front door says where the mapping came from, and what that cost', async () => {
  const looked = { ...trace, mappingSource: 'd1', d1Reads: 1 };
  await traced(looked, async () => new Response('yes'));
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ mapping_source: 'd1', d1Reads: 1 });
});

test('the request id is on the answer, whoever made it', async () => {
  const theirs = new Response('x', { headers: { 'x-request-id': 'another-id' } });
  const response = await traced(trace, async () => theirs);
  expect(response.headers.get('x-request-id')).toBe('request-1');
  expect(await response.text()).toBe('x');
});
