/** A process dies by kill -9 after the sink has heard of an alert and before that is written down. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AlertSink, startAlertSink } from '../testing/alert-sink.ts';
import { eventually } from '../testing/eventually.ts';
import { type ProcessService, startProcessService } from '../testing/process-service.ts';

let sink: AlertSink;
let service: ProcessService;
beforeAll(async () => {
  sink = await startAlertSink();
  service = await startProcessService();
});
afterAll(async () => {
  await service.stop();
  await sink.stop();
});

const raise = (count: number): Promise<unknown> =>
  service.rows(
    `insert into alert_occurrence (environment, kind, reason, reference, detail)
     select 'local', 'dead_letter', 'unresolved_tenant', 'evt_' || n, '' from generate_series(1, $1) n`,
    [count],
  );

test('the next one says it again, word for word under the same key, and then what came since', async () => {
  const env = { ALERT_WEBHOOK_URL: sink.url, ALERT_QUIET_SECONDS: '1' };
  await raise(3);
  await service.start('jobs', { ...env, KILL_AT: 'alert.after_post' });
  await service.died('jobs');
  expect(sink.posts.map(({ body }) => body.count)).toEqual([3]);
  await raise(4);
  await service.start('jobs', env);
  // Whoever took the delivery might still be at it for half a minute.
  await service.rows('update alert set due_at = now()');
  const posts = await eventually(
    async () => (sink.posts.length < 3 ? undefined : sink.posts),
    30_000,
  );
  const [first, again, last] = posts;
  expect(again).toEqual(first);
  expect([last?.body.count, last?.body.total]).toEqual([4, 7]);
  expect(sink.told('dead_letter').reduce((sum, { count }) => sum + count, 0)).toBe(7);
});
