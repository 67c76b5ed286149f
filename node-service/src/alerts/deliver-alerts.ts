/** Alerts by HTTP, where a sink is configured: at least once, each repetition under the key of its first attempt. */
import type { Deps } from '../deps.ts';
import type { PlatformTx } from '../platform/db.ts';
import { quietAfter, retryAfter } from './delivery.rules.ts';
import { RUNBOOKS } from './runbooks.ts';

type Delivering = Pick<Deps, 'db' | 'config' | 'log' | 'killPoint'>;

const TIMEOUT_MS = 5_000;
/** Whoever takes a delivery has until then; after that another may take it up. */
const LEASE_SECONDS = 30;
const AT_ONCE = 10;

type Delivery = {
  readonly alertId: string;
  readonly number: number;
  readonly body: string;
  readonly failures: number;
};

/** What is due, frozen: a delivery that was begun before says again what it said. */
async function takeDue(tx: PlatformTx, environment: string): Promise<Delivery[]> {
  const rows = await tx.sql<{
    alert_id: string;
    delivery_number: number;
    body: string;
    failures: number;
  }>(
    `update alert
        set due_at = now() + make_interval(secs => $2),
            delivery_number = case when sending is null then delivery_number + 1 else delivery_number end,
            sending_count = coalesce(sending_count, occurrences - told),
            untold_since = case when sending is null then null else untold_since end,
            sending = coalesce(sending, jsonb_build_object(
              'alertId', alert_id, 'deliveryNumber', delivery_number + 1, 'environment', environment, 'kind', kind,
              'shopId', shop_id, 'reason', reason, 'count', occurrences - told, 'firstAt', untold_since, 'lastAt', last_at,
              'total', occurrences, 'latest', jsonb_build_object('reference', last_reference, 'detail', last_detail),
              'runbook', $4::jsonb -> kind))
      where alert_id in (select alert_id from alert
                          where environment = $1 and due_at <= now() and (sending is not null or occurrences > told)
                          order by due_at limit $3 for update skip locked)
     returning alert_id, delivery_number, sending::text as body, failures`,
    [environment, LEASE_SECONDS, AT_ONCE, JSON.stringify(RUNBOOKS)],
  );
  return rows.map(({ alert_id, delivery_number, body, failures }) => ({
    alertId: alert_id,
    number: delivery_number,
    body,
    failures,
  }));
}

/** @returns why it did not arrive, or null */
async function post(
  { webhookUrl, webhookToken }: { webhookUrl: string; webhookToken: string | undefined },
  { alertId, number, body }: Delivery,
): Promise<string | null> {
  try {
    const response = await fetch(webhookUrl, {
      method: 'POST',
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        'content-type': 'application/json',
        'idempotency-key': `${alertId}-${number}`,
        ...(webhookToken === undefined ? {} : { authorization: `Bearer ${webhookToken}` }),
      },
    });
    await response.body?.cancel();
    return response.ok ? null : `the sink answered ${response.status}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Another process may have taken the delivery up meanwhile: whoever is first marks it. */
async function markDelivered(
  deps: Delivering,
  { alertId, number }: Delivery,
  baseSeconds: number,
): Promise<void> {
  await deps.db.asPlatform('mark an alert as delivered', async (tx) => {
    const [row] = await tx.sql<{ quiet_seconds: number; seconds_since: number | null }>(
      `select quiet_seconds, extract(epoch from now() - delivered_at)::float8 as seconds_since from alert
        where alert_id = $1 and delivery_number = $2 and sending is not null for update`,
      [alertId, number],
    );
    if (row === undefined) return;
    const { quiet_seconds: quietSeconds, seconds_since: secondsSince } = row;
    const last = secondsSince === null ? null : { quietSeconds, secondsSince };
    const quiet = quietAfter(baseSeconds, last);
    await tx.sql(
      `update alert set told = told + sending_count, sending = null, sending_count = null, failures = 0,
              delivered_at = now(), quiet_seconds = $2::integer, due_at = now() + make_interval(secs => $2::integer)
        where alert_id = $1`,
      [alertId, quiet],
      'commit',
    );
  });
}

async function markFailed(deps: Delivering, delivery: Delivery, detail: string): Promise<void> {
  const { alertId, number } = delivery;
  const failures = delivery.failures + 1;
  const seconds = retryAfter(failures, Math.random());
  deps.log.warn('alert not delivered', { alertId, deliveryNumber: number, failures, detail });
  await deps.db.asPlatform('put an alert off', (tx) =>
    tx.sql(
      `update alert set failures = $3, due_at = now() + make_interval(secs => $4)
        where alert_id = $1 and delivery_number = $2 and sending is not null`,
      [alertId, number, failures, seconds],
      'commit',
    ),
  );
}

/**
 * Tells the sink of each group that has something new and has been silent long enough. A sink that is down is asked
 * again and again: what happens meanwhile is added up, and nothing is given up.
 * @returns how many deliveries were made or tried
 */
export async function deliverAlerts(deps: Delivering): Promise<number> {
  const { webhookUrl, webhookToken, quietSeconds } = deps.config.alerts;
  if (webhookUrl === undefined) return 0;
  const { environment } = deps.config;
  const due = await deps.db.asPlatform('take alerts to deliver', (tx) => takeDue(tx, environment));
  await Promise.all(
    due.map(async (delivery) => {
      const failure = await post({ webhookUrl, webhookToken }, delivery);
      deps.killPoint('alert.after_post');
      if (failure === null) await markDelivered(deps, delivery, quietSeconds);
      else await markFailed(deps, delivery, failure);
    }),
  );
  return due.length;
}
