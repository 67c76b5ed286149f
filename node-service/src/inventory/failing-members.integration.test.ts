/** Requests share a transaction, and no more: what one of them cannot write is nobody else's trouble. */
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { startService, type TestService } from '../testing/service.ts';
import type { AllocationOutcome, AllocationRequest } from './index.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService({ withoutJobs: true });
});
afterAll(() => service.stop());
beforeEach(async () => {
  await service.rows(`update stock set on_hand = 10, held = 0 where variant_key = 'v1:mug'`);
});

let made = 0;
function create(more: Partial<AllocationRequest> = {}): AllocationRequest & { holdId: string } {
  const holdId = `hold_of_batch_${made++}`;
  return {
    holdId,
    action: {
      kind: 'create',
      holdId,
      orderId: null,
      lines: [{ variantKey: 'v1:mug', sku: 'mug', quantity: 2 }],
      expiry: 'clock',
      expiresAt: new Date(Date.now() + 600_000),
    },
    ...more,
  };
}

const fact = (reference: string, kind = 'payment_succeeded') => ({
  order_id: 'ord_of_nobody',
  kind,
  reference,
  occurred_at: new Date(),
});
const claim = (key: string) => ({
  operation: 'test',
  principal: key,
  key,
  requestHash: 'hash',
  recoveryPoint: key,
  leaseUntil: new Date(Date.now() + 60_000),
});

/** All of them in one turn of the event loop, which is one batch. */
function submit(
  requests: readonly AllocationRequest[],
): Promise<PromiseSettledResult<AllocationOutcome>[]> {
  return Promise.allSettled(requests.map((one) => service.deps.allocator.submit('aurora', one)));
}

const FAILING: [string, Partial<AllocationRequest>][] = [
  [
    'refers to an order that is not there',
    { rows: [{ table: 'order_fact', rows: [fact('pi_1')], onConflict: 'fail' }] },
  ],
  [
    'is of a kind that the table does not take',
    { rows: [{ table: 'order_fact', rows: [fact('pi_2', 'rumour')], onConflict: 'fail' }] },
  ],
  [
    'has a text that cannot be stored',
    { rows: [{ table: 'order_fact', rows: [fact('pi_\u0000')], onConflict: 'fail' }] },
  ],
  [
    'has half of a character',
    { rows: [{ table: 'order_fact', rows: [fact('pi_\ud800')], onConflict: 'fail' }] },
  ],
  [
    'is there already',
    {
      claim: claim('twice'),
      rows: [
        {
          table: 'applied_event' as 'order_fact',
          rows: [{ stripe_event_id: 'evt_there' }],
          onConflict: 'fail',
        },
      ],
    },
  ],
];

describe('a request whose own row cannot be written', () => {
  test.each(FAILING)('since it %s fails alone, and leaves nothing', async (_, failing) => {
    await service.rows(
      `insert into applied_event (shop_id, stripe_event_id) values ('aurora', 'evt_there') on conflict do nothing`,
    );
    const requests = [
      create({ claim: claim(`before_${made}`) }),
      create(failing),
      create(),
      create(failing),
      create({ claim: claim(`after_${made}`), answer: () => ({ status: 201, body: 1 }) }),
    ];
    const results = await submit(requests);
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    const there = await service.rows<{ hold_id: string }>(
      'select hold_id from hold where hold_id = any($1) order by hold_id',
      [requests.map(({ holdId }) => holdId)],
    );
    expect(there.map(({ hold_id }) => hold_id)).toEqual(
      [requests[0], requests[2], requests[4]].map((one) => one?.holdId).sort(),
    );
    const [stock] = await service.rows(
      `select held::int from stock where shop_id = 'aurora' and variant_key = 'v1:mug'`,
    );
    expect(stock).toEqual({ held: 6 });
    const claims = await service.rows(`select key from idempotency_claim where key = 'twice'`);
    expect(claims).toEqual([]);
  });

  test('fails alone among requests that are refused, and those are refused as they would have been', async () => {
    const [[, failing]] = FAILING as [[string, Partial<AllocationRequest>]];
    const results = await submit([create(failing), ...Array.from({ length: 6 }, () => create())]);
    const outcomes = results.map((one) => (one.status === 'rejected' ? 'failed' : one.value.kind));
    expect(outcomes).toEqual(['failed', 'done', 'done', 'done', 'done', 'done', 'refused']);
  });

  test('is found in few transactions, however many share its batch', async () => {
    await service.rows(`update stock set on_hand = 1000 where variant_key = 'v1:mug'`);
    const connect = vi.spyOn(pg.Pool.prototype, 'connect');
    const [[, failing]] = FAILING as [[string, Partial<AllocationRequest>]];
    const requests = Array.from({ length: 256 }, (_, index) =>
      create(index === 100 ? failing : {}),
    );
    const results = await submit(requests);
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    // One for all, and two for each halving.
    const count = connect.mock.calls.length;
    connect.mockRestore();
    expect(count).toBeLessThan(2 * Math.log2(256) + 6);
  });
});
