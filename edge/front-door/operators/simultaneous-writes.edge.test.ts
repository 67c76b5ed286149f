import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EdgeAnswer, startTestEdge, type TestEdge } from '../../../local/test-edge.ts';
import { breaches } from '../mapping/testing/mapped-hosts.ts';
import { ifMatch, operatorCalls } from './testing/operator-calls.ts';

const WRITERS = 12;
const ROUNDS = 5;

let edge: TestEdge;
const { ask, put, remove, get, history } = operatorCalls(() => edge);

beforeAll(async () => {
  edge = await startTestEdge();
});
afterAll(() => edge?.dispose());

const writers = Array.from({ length: WRITERS }, (_, index) => index);
const shopOf = (writer: number) => (writer % 2 === 0 ? 'aurora' : 'borealis');

/** The one that was stored; all others were told that somebody was first. */
function winner(answers: readonly EdgeAnswer[]): EdgeAnswer {
  const stored = answers.filter(({ status }) => status < 300);
  const refused = answers.filter(({ status }) => status >= 300);
  expect(stored).toHaveLength(1);
  expect(refused.map((answer) => answer.json().code)).toEqual(
    refused.map(() => 'precondition_failed'),
  );
  return stored[0] as EdgeAnswer;
}

describe('many simultaneous writes of one host', () => {
  test('exactly one wins each version, and the history tells them all, in order', async () => {
    const host = 'contested.localhost';
    const won: unknown[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const headers = round === 0 ? { 'if-none-match': '*' } : ifMatch(round);
      const answers = await Promise.all(
        writers.map((writer) => put(host, { shopId: shopOf(writer) }, headers)),
      );
      const { headers: theirs, json } = winner(answers);
      expect(theirs.etag).toBe(`"${round + 1}"`);
      won.unshift(json());
    }
    const { items } = await history(host);
    expect(items.map(({ version }) => version)).toEqual([5, 4, 3, 2, 1]);
    expect(items.map(({ after }) => after)).toEqual(won);
    expect(items.map(({ before }) => before)).toEqual([...won.slice(1), null]);
    expect(await get(host)).toEqual(won[0]);
  });

  test('what is served in the end is what was written last', async () => {
    const host = 'served.localhost';
    for (let version = 0; version < ROUNDS; version += 1) {
      const headers = version === 0 ? {} : ifMatch(version);
      await Promise.all(writers.map((writer) => put(host, { shopId: shopOf(writer) }, headers)));
      await edge.call(host, '/api/nothing');
    }
    const newest = await get(host);
    const orderId = 'ord_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e';
    await edge.call(host, `/api/order-status?orderId=${orderId}`);
    expect(edge.origin.calls.at(-1)?.headers.get('x-shop-id')).toBe(newest?.shopId);
  });

  test('of deletions and writes, one wins too', async () => {
    const host = 'torn.localhost';
    await put(host);
    const answers = await Promise.all(
      writers.map((writer) =>
        writer % 2 === 0 ? remove(host, ifMatch(1)) : put(host, {}, ifMatch(1)),
      ),
    );
    const stored = answers.filter(({ status }) => status < 300);
    expect(stored).toHaveLength(1);
    const codes = new Set(answers.filter(({ status }) => status >= 300).map((a) => a.json().code));
    // Where a deletion won, the later deletions find nothing.
    for (const code of codes) expect(['precondition_failed', 'host_unknown']).toContain(code);
    expect((await history(host)).items.map(({ version }) => version)).toEqual([2, 1]);
  });
});

describe('simultaneous writes of hosts that depend on each other', () => {
  async function mapped(ending: string): Promise<HostMapping[]> {
    const answer = await ask('/ops/v1/hosts?limit=100');
    const { items } = answer.json() as unknown as { items: HostMapping[] };
    return items.filter(({ host }) => host.endsWith(ending));
  }

  /** A pair of writes, each allowed alone, that together would break at the read. */
  const pairs: [string, (a: string, b: string) => Promise<EdgeAnswer>[]][] = [
    [
      "two hosts that become each other's alias",
      (a, b) => [
        put(a, { kind: 'alias', canonicalHost: b }, ifMatch(1)),
        put(b, { kind: 'alias', canonicalHost: a }, ifMatch(1)),
      ],
    ],
    [
      'a host that becomes an alias while another becomes its own',
      (a, b) => [
        put(a, { kind: 'alias', canonicalHost: b }, ifMatch(1)),
        put(`c.${a}`, { kind: 'alias', canonicalHost: a }),
      ],
    ],
    [
      'a host that moves to another shop while it gets an alias',
      (a) => [
        put(a, { shopId: 'borealis' }, ifMatch(1)),
        put(`c.${a}`, { kind: 'alias', canonicalHost: a }),
      ],
    ],
    [
      'a host that is deleted while it gets an alias',
      (a) => [remove(a, ifMatch(1)), put(`c.${a}`, { kind: 'alias', canonicalHost: a })],
    ],
  ];

  test.each(pairs)('%s: one of the two is refused', async (name, write) => {
    const ending = `${pairs.findIndex(([of]) => of === name)}.localhost`;
    for (let round = 0; round < ROUNDS; round += 1) {
      const [a, b] = [`a${round}-${ending}`, `b${round}-${ending}`];
      await Promise.all([put(a), put(b)]);
      const answers = await Promise.all(write(a, b));
      const statuses = answers.map(({ status }) => status).sort((x, y) => x - y);
      expect(statuses[0]).toBeLessThan(300);
      expect([409, 422]).toContain(statuses[1]);
      const { detail } = answers.find(({ status }) => status >= 300)?.json() ?? {};
      expect(detail).toMatch(/redirects? to|is not mapped|belongs to another shop/);
    }
    expect(breaches(await mapped(ending))).toEqual([]);
  });
});
