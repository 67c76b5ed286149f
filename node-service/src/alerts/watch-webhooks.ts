import type { Deps } from '../deps.ts';
import type { PlatformTx } from '../platform/db.ts';
import { raiseAlert } from './raise-alert.ts';

type Watching = Pick<Deps, 'db' | 'config' | 'metrics' | 'log'>;

/** What goes on is told again and again, and counted as often: once a minute is enough. */
const AGAIN_AFTER_SECONDS = 60;
/** The window of the threshold of unresolved events. */
const WINDOW_MINUTES = 60;
/** Shops that are told of in one round. */
const MOST_SHOPS = 100;

type Late = { shop_id: string | null; events: string; oldest: string };

/** Events that have waited too long: a shop's for its jobs, those of no shop for a loop that does not come. */
async function watchBacklog(tx: PlatformTx, deps: Watching): Promise<void> {
  const { backlogMinutes } = deps.config.alerts;
  const rows = await tx.sql<Late>(
    `select shop_id, events, oldest from (
       select shop_id, count(*) as events, min(received_at) as oldest from webhook_inbox
        where environment = $1 and status = 'received' and received_at < now() - make_interval(mins => $2)
        group by shop_id) late
      where not exists (select from alert a
                         where a.environment = $1 and a.kind = 'webhook_backlog'
                           and a.shop_id is not distinct from late.shop_id
                           and a.last_at > now() - make_interval(secs => $3))
      order by oldest limit $4`,
    [deps.config.environment, backlogMinutes, AGAIN_AFTER_SECONDS, MOST_SHOPS],
  );
  for (const { shop_id: shopId, events, oldest } of rows) {
    await raiseAlert(tx, deps, {
      kind: 'webhook_backlog',
      shopId,
      reason: shopId === null ? 'without_shop' : 'waiting',
      reference: 'webhook_inbox',
      detail: `${events} events have waited for more than ${backlogMinutes} minutes, the oldest since ${oldest}`,
    });
  }
}

type Unresolved = { shop_id: string | null; events: string };

/** Events that point at a shop and cannot be its own: too many of them are a fault of that shop's integration. */
async function watchUnresolved(tx: PlatformTx, deps: Watching): Promise<void> {
  const { unresolvedPerHour } = deps.config.alerts;
  const rows = await tx.sql<Unresolved>(
    `select shop_id, events from (
       select candidate.shop_id, count(*) as events
         from dead_letter l
         left join lateral unnest(l.candidate_shops) as candidate (shop_id) on true
        where l.environment = $1 and l.state = 'open' and l.updated_at > now() - make_interval(mins => $2)
          and l.reason in ('unresolved_tenant', 'contradicting_tenant')
        group by candidate.shop_id having count(*) >= $3) many
      where not exists (select from alert a
                         where a.environment = $1 and a.kind = 'unresolved_tenant_events'
                           and a.shop_id is not distinct from many.shop_id
                           and a.last_at > now() - make_interval(secs => $4))
      order by events desc limit $5`,
    [deps.config.environment, WINDOW_MINUTES, unresolvedPerHour, AGAIN_AFTER_SECONDS, MOST_SHOPS],
  );
  for (const { shop_id: shopId, events } of rows) {
    await raiseAlert(tx, deps, {
      kind: 'unresolved_tenant_events',
      shopId,
      reason: 'over_threshold',
      reference: 'dead_letter',
      detail: `${events} open dead letters of the last hour point at ${shopId ?? 'no shop'}; ${unresolvedPerHour} are alarming`,
    });
  }
}

/** Raises an alert for every threshold that is exceeded now. */
export async function watchWebhooks(deps: Watching): Promise<void> {
  await deps.db.asPlatform('watch webhooks', async (tx) => {
    await watchBacklog(tx, deps);
    await watchUnresolved(tx, deps);
  });
}
