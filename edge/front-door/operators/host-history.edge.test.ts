import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestEdge, type TestEdge } from '../../../local/test-edge.ts';
import { ifMatch, operatorCalls } from './testing/operator-calls.ts';

let edge: TestEdge;
const { ask, put, remove, history } = operatorCalls(() => edge);

beforeAll(async () => {
  edge = await startTestEdge();
});
afterAll(() => edge?.dispose());

describe('the history of a host', () => {
  test('says who did what, when, why and in which request, the newest first', async () => {
    const first = await put(
      'told.localhost',
      { reason: 'Onboarding' },
      { 'x-request-id': 'req-first-1' },
    );
    const second = await put(
      'told.localhost',
      { mode: 'landing_only', reason: 'Pause' },
      ifMatch(1),
    );
    await remove('told.localhost', ifMatch(2), '?reason=The+end');
    const third = await put('told.localhost', { shopId: 'borealis', reason: 'A new owner' });
    const { items, next } = await history('told.localhost');
    expect(next).toBeUndefined();
    expect(items).toEqual([
      expect.objectContaining({
        version: 4,
        reason: 'A new owner',
        before: null,
        after: third.json(),
      }),
      expect.objectContaining({
        version: 3,
        reason: 'The end',
        before: second.json(),
        after: null,
      }),
      expect.objectContaining({ version: 2, before: first.json(), after: second.json() }),
      {
        host: 'told.localhost',
        version: 1,
        changedAt: first.json().updatedAt,
        changedBy: 'ida',
        reason: 'Onboarding',
        requestId: 'req-first-1',
        before: null,
        after: first.json(),
      },
    ]);
  });

  test('outlives the host', async () => {
    await put('bygone.localhost');
    await remove('bygone.localhost', ifMatch(1));
    const { items } = await history('bygone.localhost');
    expect(items.map(({ version, after }) => [version, after?.version])).toEqual([
      [2, undefined],
      [1, 1],
    ]);
  });

  test('goes in pages', async () => {
    await put('paged.localhost');
    for (const version of [1, 2, 3, 4]) await put('paged.localhost', {}, ifMatch(version));
    const versions = async (query: string) => {
      const { items, next } = await history('paged.localhost', query);
      return { versions: items.map(({ version }) => version), next };
    };
    expect(await versions('?limit=2')).toEqual({ versions: [5, 4], next: 4 });
    expect(await versions('?limit=2&before=4')).toEqual({ versions: [3, 2], next: 2 });
    expect(await versions('?limit=2&before=2')).toEqual({ versions: [1], next: undefined });
    expect(await versions('?before=1')).toEqual({ versions: [], next: undefined });
  });

  test('of a host that was never mapped is a 404', async () => {
    expect((await ask('/ops/v1/hosts/unheard.localhost/history')).json()).toMatchObject({
      status: 404,
      code: 'host_unknown',
      detail: '"unheard.localhost" was never mapped.',
    });
  });

  test.each(['before=0', 'before=x', 'limit=101', 'after=3'])('?%s is malformed', async (query) => {
    const answer = await ask(`/ops/v1/hosts/paged.localhost/history?${query}`);
    const [name] = query.split('=');
    expect(answer.json()).toMatchObject({ status: 400, errors: [{ path: `/query/${name}` }] });
  });
});
