/** What belongs to no shop and so is no job: heartbeats, waiting events, the backlog, holds of every shop. */
import type { Deps } from '../deps.ts';
import { sweepHolds } from '../inventory/index.ts';
import { errorFields } from '../platform/log.ts';
import { resolveLater } from '../webhooks/index.ts';

const HEARTBEAT_MS = 3_000;
const DEAD_AFTER_SECONDS = 15;
const RESOLVE_MS = 2_000;
const BACKLOG_MS = 5_000;
const SWEEP_MS = 5_000;

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

async function measureBacklog(deps: Pick<Deps, 'db' | 'metrics' | 'config'>): Promise<void> {
  const [row] = await deps.db.asPlatform('measure the webhook backlog', (tx) =>
    tx.sql<{ waiting: string }>(
      `select count(*) as waiting from webhook_inbox where environment = $1 and status = 'received'`,
      [deps.config.environment],
    ),
  );
  deps.metrics.webhookBacklog.set(Number(row?.waiting ?? 0));
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
    loop(deps, 'sweep', SWEEP_MS, () => sweepHolds(deps)),
    loop(deps, 'backlog', BACKLOG_MS, () => measureBacklog(deps)),
  ];
  return { stop: async () => void (await Promise.all(stops.map((stop) => stop()))) };
}
