import { type Alert, raiseAlert } from '../alerts/index.ts';
import type { Deps } from '../deps.ts';
import type { PlatformTx } from '../platform/db.ts';

/** Why work is given up. The operators' contract lists the same. */
export const DEAD_LETTER_REASONS = [
  'unresolved_tenant',
  'contradicting_tenant',
  'unknown_order',
  'unknown_object',
  'unsupported_api_version',
  'attempts_exhausted',
] as const;

export type DeadLetter = {
  readonly source: 'webhook' | 'job';
  /** The event's or the job's id: one letter each. */
  readonly reference: string;
  readonly shopId: string | null;
  readonly reason: (typeof DEAD_LETTER_REASONS)[number];
  readonly detail: string;
  /** The whole event, or `{ task, payload }` of a job. */
  readonly payload: unknown;
  /** Shops that it points at without proof; it is none of theirs. */
  readonly candidates?: readonly string[];
};

function textOf(payload: unknown, name: 'type' | 'task'): string | null {
  if (typeof payload !== 'object' || payload === null) return null;
  const value = (payload as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' ? value : null;
}

function alertOf({ source, shopId, reason, reference, detail, payload }: DeadLetter): Alert {
  const what = { shopId, reference, detail };
  if (source === 'webhook') return { ...what, kind: 'dead_letter', reason };
  const task = textOf(payload, 'task') ?? 'unknown';
  return { ...what, kind: 'job_attempts_exhausted', reason: task };
}

/**
 * Keeps the whole payload for an operator, ends the event in the inbox, and raises the alert. Touches no shop's state.
 * What was replayed and fails again opens its letter again; the letter that is open already stays as it is.
 */
export async function writeDeadLetter(
  tx: PlatformTx,
  deps: Pick<Deps, 'config' | 'clock' | 'metrics' | 'log'>,
  letter: DeadLetter,
): Promise<void> {
  const { environment } = deps.config;
  const { source, reference, shopId, reason, detail, payload, candidates = [] } = letter;
  const opened = await tx.sql(
    `insert into dead_letter as known
       (dead_letter_id, environment, source, reference, shop_id, reason, detail, event_type, candidate_shops, payload)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9::text[], $10)
     on conflict (environment, source, reference) do update
        set state = 'open', shop_id = excluded.shop_id, reason = excluded.reason, detail = excluded.detail,
            event_type = excluded.event_type, candidate_shops = excluded.candidate_shops, payload = excluded.payload,
            occurrences = known.occurrences + 1, updated_at = now()
      where known.state <> 'open'
     returning 1`,
    [
      `dl_${deps.clock.uuid()}`,
      environment,
      source,
      reference,
      shopId,
      reason,
      detail,
      source === 'webhook' ? textOf(payload, 'type') : null,
      candidates,
      JSON.stringify(payload),
    ],
  );
  if (source === 'webhook') {
    await tx.sql(
      `update webhook_inbox set status = 'dead_letter', last_error = $3, finished_at = now()
        where environment = $1 and stripe_event_id = $2`,
      [environment, reference, `${reason}: ${detail}`],
    );
  }
  if (opened.length === 0) return;
  deps.metrics.deadLetters.inc({ shop: shopId ?? '', source, reason });
  await raiseAlert(tx, deps, alertOf(letter));
}
