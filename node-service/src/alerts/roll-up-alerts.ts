import type { Deps } from '../deps.ts';

const ROLLED_UP_AT_ONCE = 1_000;

/**
 * Adds alerts up in their groups, oldest first. Without a sink there is nobody to tell: log and metric have told it.
 * @returns how many were added up; as many as `ROLLED_UP_AT_ONCE` where more may wait.
 */
async function rollUpSome({ db, config }: Pick<Deps, 'db' | 'config'>): Promise<number> {
  const hasSink = config.alerts.webhookUrl !== undefined;
  const [row] = await db.asPlatform('add up alerts', (tx) =>
    tx.sql<{ taken: string }>(
      `with taken as (
         delete from alert_occurrence
          where occurrence_id in (select occurrence_id from alert_occurrence
                                   where environment = $1 or environment is null order by occurrence_id limit $2)
         returning *
       ), grouped as (
         select kind, shop_id, reason, count(*) as occurrences, min(occurred_at) as first_at, max(occurred_at) as last_at,
                (array_agg(reference order by occurrence_id desc))[1] as last_reference,
                (array_agg(detail order by occurrence_id desc))[1] as last_detail
           from taken group by kind, shop_id, reason order by kind, shop_id, reason
       ), added as (
         insert into alert as known (alert_id, environment, kind, shop_id, reason, occurrences, told, untold_since, last_at,
                                     last_reference, last_detail)
         select 'al_' || gen_random_uuid(), $1, kind, shop_id, reason, occurrences, case when $3::boolean then 0 else occurrences end,
                case when $3::boolean then first_at end, last_at, last_reference, last_detail
           from grouped
         on conflict (environment, kind, shop_id, reason) do update
            set occurrences = known.occurrences + excluded.occurrences,
                told = case when $3::boolean then known.told else known.occurrences + excluded.occurrences end,
                sending = case when $3::boolean then known.sending end,
                sending_count = case when $3::boolean then known.sending_count end,
                untold_since = case when $3::boolean then coalesce(known.untold_since, excluded.untold_since) end,
                last_at = greatest(known.last_at, excluded.last_at),
                last_reference = excluded.last_reference, last_detail = excluded.last_detail
         returning 1
       )
       select count(*) as taken from taken`,
      [config.environment, ROLLED_UP_AT_ONCE, hasSink],
      'commit',
    ),
  );
  return Number(row?.taken ?? 0);
}

/** Adds up all that wait, in bounded transactions. */
export async function rollUpAlerts(deps: Pick<Deps, 'db' | 'config'>): Promise<void> {
  while ((await rollUpSome(deps)) === ROLLED_UP_AT_ONCE);
}
