import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from './store/store.ts';
import {
  control,
  sdk,
  startForTest,
  startReceiver,
  teeSession,
  until,
  WEBHOOK_SECRET,
} from './test-rig.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'stripe-stand-in-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

describe('a restart', () => {
  test('keeps sessions, payments, idempotency keys and events', async () => {
    const before = await startForTest({ dataDir });
    const created = await sdk(before).checkout.sessions.create(teeSession(), {
      idempotencyKey: 'order-1',
    });
    const open = await sdk(before).checkout.sessions.create(teeSession());
    await control(before, 'POST', `sessions/${created.id}/pay`, { outcome: 'succeeded' });
    await before.stop();

    const after = await startForTest({ dataDir });
    const stripe = sdk(after);
    const page = await stripe.checkout.sessions.list();
    expect(page.data.map(({ id }) => id)).toEqual([open.id, created.id]);
    const paid = await stripe.checkout.sessions.retrieve(created.id, {
      expand: ['line_items', 'payment_intent.latest_charge'],
    });
    expect(paid).toMatchObject({ payment_status: 'paid', payment_intent: { status: 'succeeded' } });
    expect(paid.line_items?.data[0]?.price?.unit_amount).toBe(1999);
    const replay = await stripe.checkout.sessions.create(teeSession(), {
      idempotencyKey: 'order-1',
    });
    expect(replay).toMatchObject({ id: created.id, status: 'open' });
    expect((await stripe.events.list({ type: 'checkout.session.completed' })).data).toHaveLength(1);
    await until('the booking of the charge', async () => {
      const events = await stripe.events.list({ type: 'charge.updated' });
      return events.data.length === 1;
    });
    await after.stop();
  });

  test('expires what ran out while it was down', async () => {
    let nowMs = Date.now();
    const clock = (): number => nowMs;
    const before = await startForTest({ dataDir, clock });
    const { id } = await sdk(before).checkout.sessions.create(teeSession());
    await before.stop();
    nowMs += 25 * 60 * 60_000;
    const after = await startForTest({ dataDir, clock });
    await until('the expiry', async () => {
      const { data } = await sdk(after).events.list({ type: 'checkout.session.expired' });
      return data[0]?.data.object && 'id' in data[0].data.object && data[0].data.object.id === id;
    });
    await after.stop();
  });

  test('delivers what had not been acknowledged, to the endpoint as it is now', async () => {
    const endpointAt = (port: number) => ({
      url: `http://hooks.localhost:${port}/api/stripe-webhook`,
      secret: WEBHOOK_SECRET,
      events: ['checkout' as const],
    });
    const gone = await startReceiver();
    await gone.stop();
    const before = await startForTest({ dataDir, endpoints: [endpointAt(gone.port)] });
    const { id } = await sdk(before).checkout.sessions.create(teeSession());
    await sdk(before).checkout.sessions.expire(id);
    await until('a failed attempt', async () => {
      const { body } = await control(before, 'GET', `sessions/${id}`);
      return JSON.stringify(body).includes('ECONNREFUSED');
    });
    await before.stop();

    const receiver = await startReceiver();
    const after = await startForTest({ dataDir, endpoints: [endpointAt(receiver.port)] });
    await until('the event', () => receiver.received.length > 0);
    expect(receiver.received.map(({ event }) => event.type)).toEqual(['checkout.session.expired']);
    await after.stop();
    await receiver.stop();
  });

  test('cuts off the line that a killed process did not finish', async () => {
    const before = await startForTest({ dataDir });
    const { id } = await sdk(before).checkout.sessions.create(teeSession());
    await before.stop();
    appendFileSync(join(dataDir, 'journal.jsonl'), '[["sessions","cs_test_torn",{"sess');
    const after = await startForTest({ dataDir });
    const other = await sdk(after).checkout.sessions.create(teeSession());
    await after.stop();
    const third = await startForTest({ dataDir });
    const { data } = await sdk(third).checkout.sessions.list();
    expect(data.map((session) => session.id)).toEqual([other.id, id]);
    await third.stop();
  });

  test('refuses a journal it cannot read, naming the line', async () => {
    const before = await startForTest({ dataDir });
    await sdk(before).customers.create({});
    await before.stop();
    const path = join(dataDir, 'journal.jsonl');
    writeFileSync(path, `${readFileSync(path, 'utf8')}nonsense\n[]\n`);
    await expect(startForTest({ dataDir })).rejects.toThrow(/journal\.jsonl, line \d+: not JSON/);
  });
});

describe('the store', () => {
  test('writes nothing of a transaction that throws', () => {
    const store = openStore(dataDir);
    const task = { kind: 'book_charge', objectId: 'ch_1', dueAtMs: 1 } as const;
    expect(() =>
      store.transact((tx) => {
        tx.put('tasks', 'a', task);
        expect(tx.get('tasks', 'a')).toEqual(task);
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(store.get('tasks', 'a')).toBeUndefined();
    store.close();
    expect(openStore(dataDir).all('tasks').size).toBe(0);
  });

  test('drops superseded records when it opens a long journal, and keeps the order', () => {
    const store = openStore(dataDir);
    const put = (id: string, dueAtMs: number): void =>
      store.transact((tx) => tx.put('tasks', id, { kind: 'book_charge', objectId: id, dueAtMs }));
    for (let round = 0; round < 1_100; round += 1) {
      put('first', round);
      put('second', round);
    }
    store.transact((tx) => tx.remove('tasks', 'gone'));
    store.close();
    const path = join(dataDir, 'journal.jsonl');
    const longBytes = statSync(path).size;
    openStore(dataDir).close();
    expect(statSync(path).size).toBeLessThan(longBytes / 100);
    const reopened = openStore(dataDir);
    expect([...reopened.all('tasks')].map(([id, task]) => [id, task.dueAtMs])).toEqual([
      ['first', 1_099],
      ['second', 1_099],
    ]);
    reopened.close();
  });
});
