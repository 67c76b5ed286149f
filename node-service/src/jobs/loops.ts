/** What belongs to no shop and so is no job: heartbeats, waiting events, the backlog, holds of every shop. */
import { tellAlerts } from '../alerts/index.ts';
import type { Deps } from '../deps.ts';
import { sweepHolds } from '../inventory/index.ts';
import { errorFields } from '../platform/log.ts';
import { resolveLater } from '../webhooks/index.ts';
import { giveUpLostJobs } from './give-up-job.ts';

const HEARTBEAT_MS = 3_000;
const DEAD_AFTER_SECONDS = 15;
const RESOLVE_MS = 2_000;
const BACKLOG_MS = 5_000;
const SWEEP_MS = 5_000;
const LOST_JOBS_MS = 5_000;
const ALERTS_MS = 5_000;

export type Loops = { stop(): Promise<void> };

/** Says that this process's workers are alive, and unlocks the jobs of those that are not, or never said so. */
async function heartbeat(
  deps: Pick<Deps, 'db' | 'log'>,
  lockNames: ReadonlySet<string>,
): Promise<void> {
  const dead = await deps.db.asPlatform('heartbeat', async (tx) => {
    await tx.sql(
      `insert into job_worker (worker_id) select unnest($1::text[])
       on conflict (worker_id) do update set heartbeat_at = now()`,
      [[...lockNames]],
    );
    const rows = await tx.sql<{ worker_id: string }>(
      'delete from job_worker where heartbeat_at < now() - make_interval(secs => $1) returning worker_id',
      [DEAD_AFTER_SECONDS],
    );
    const silent = await tx.sql<{ locked_by: string }>(
      `select distinct j.locked_by from graphile_worker.jobs j
        where j.locked_at < now() - make_interval(secs => $1)
          and not exists (select from job_worker w where w.worker_id = j.locked_by)`,
      [DEAD_AFTER_SECONDS],
    );
    const ids = [
      ...new Set([
        ...rows.map(({ worker_id }) => worker_id),
        ...silent.map(({ locked_by }) => locked_by),
      ]),
    ];
    if (ids.length > 0) await tx.sql('select graphile_worker.force_unlock_workers($1)', [ids]);
    return ids;
  });
  if (dead.length > 0) deps.log.warn('unlocked the jobs of dead workers', { workers: dead });
}

/** By shop, so that one shop on fire can be seen; the empty one is of events whose shop is not known yet. */
async function measureBacklog(deps: Pick<Deps, 'db' | 'metrics' | 'config'>): Promise<void> {
  const rows = await deps.db.asPlatform('measure the webhook backlog', (tx) =>
    tx.sql<{ shop: string; waiting: string; seconds: string }>(
      `select coalesce(shop_id, '') as shop, count(*) as waiting,
              extract(epoch from greatest(now() - min(received_at), interval '0')) as seconds
         from webhook_inbox where environment = $1 and status = 'received' group by shop_id`,
      [deps.config.environment],
      'commit',
    ),
  );
  const { webhookBacklog, webhookBacklogAge } = deps.metrics;
  for (const gauge of [webhookBacklog, webhookBacklogAge]) {
    gauge.reset();
    gauge.set({ shop: '' }, 0);
  }
  for (const { shop, waiting, seconds } of rows) {
    webhookBacklog.set({ shop }, Number(waiting));
    webhookBacklogAge.set({ shop }, Number(seconds));
  }
}

/** Runs `work` again and again, never twice at once; a failure is logged and the next round comes all the same. */
function loop(
  deps: Pick<Deps, 'log'>,
  name: string,
  intervalMs: number,
  work: () => Promise<unknown>,
): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  const round = (): void => {
    running = work()
      .then(() => {})
      .catch((error: unknown) =>
        deps.log.warn('loop failed', { loop: name, ...errorFields(error) }),
      )
      .finally(() => {
        if (!stopped) timer = setTimeout(round, intervalMs);
      });
  };
  round();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}

/** @param lockNames what the jobs of this process's workers are locked by, at each moment. */
export function startLoops(deps: Deps, lockNames: ReadonlySet<string>): Loops {
  const stops = [
    loop(deps, 'heartbeat', HEARTBEAT_MS, () => heartbeat(deps, lockNames)),
    loop(deps, 'resolve', RESOLVE_MS, () => resolveLater(deps)),
    loop(deps, 'lost jobs', LOST_JOBS_MS, () => giveUpLostJobs(deps)),
    loop(deps, 'sweep', SWEEP_MS, () => sweepHolds(deps)),
    loop(deps, 'alerts', ALERTS_MS, () => tellAlerts(deps)),
    loop(deps, 'backlog', BACKLOG_MS, () => measureBacklog(deps)),
  ];
  return { stop: async () => void (await Promise.all(stops.map((stop) => stop()))) };
}
