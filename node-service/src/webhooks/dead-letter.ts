import type { Deps } from '../deps.ts';
import type { PlatformTx } from '../platform/db.ts';

export type DeadLetter = {
  readonly source: 'webhook' | 'job';
  /** The event's or the job's id: one letter each. */
  readonly reference: string;
  readonly shopId: string | null;
  readonly reason:
    | 'unresolved_tenant'
    | 'contradicting_tenant'
    | 'unknown_order'
    | 'attempts_exhausted';
  readonly detail: string;
  readonly payload: unknown;
};

/** Keeps the whole payload for an operator, ends the event in the inbox, and raises the alert. Touches no shop's state. */
export async function writeDeadLetter(
  tx: PlatformTx,
  deps: Pick<Deps, 'config' | 'clock' | 'metrics' | 'log'>,
  letter: DeadLetter,
): Promise<void> {
  const { environment } = deps.config;
  const inserted = await tx.sql(
    `insert into dead_letter (dead_letter_id, environment, source, reference, shop_id, reason, payload)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning 1`,
    [
      `dl_${deps.clock.uuid()}`,
      environment,
      letter.source,
      letter.reference,
      letter.shopId,
      letter.reason,
      JSON.stringify(letter.payload),
    ],
  );
  if (letter.source === 'webhook') {
    await tx.sql(
      `update webhook_inbox set status = 'dead_letter', last_error = $3, finished_at = now()
        where environment = $1 and stripe_event_id = $2`,
      [environment, letter.reference, `${letter.reason}: ${letter.detail}`],
    );
  }
  if (inserted.length === 0) return;
  const { source, reason, shopId, reference, detail } = letter;
  deps.metrics.deadLetters.inc({ shop: shopId ?? '', source, reason });
  deps.log.error('dead letter', { source, reason, shopId, reference, detail });
}
