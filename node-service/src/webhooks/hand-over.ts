/** An event whose shop has become known is the shop's: a job, where there is something to do. */
import type Stripe from 'stripe';
import type { PlatformTx } from '../platform/db.ts';
import { isApplied } from './event-types.rules.ts';

/** With the queue's backoff (e to the power of the attempt, in seconds) the last one comes half an hour after the first. */
export const EVENT_ATTEMPTS = 8;

export type HandedOver = {
  readonly event: Stripe.Event;
  readonly requestId: string;
  readonly shopId: string;
};

/** In the transaction that made the events their shops'. */
export async function handOver(
  tx: PlatformTx,
  environment: string,
  events: readonly HandedOver[],
): Promise<void> {
  const jobs = events.flatMap(({ event, requestId, shopId }) =>
    isApplied(event) ? [{ shopId, requestId, stripeEventId: event.id }] : [],
  );
  if (jobs.length > 0)
    await tx.sql('select enqueue_events($1, $2)', [JSON.stringify(jobs), EVENT_ATTEMPTS]);
  const others = events.flatMap(({ event }) => (isApplied(event) ? [] : [event.id]));
  if (others.length > 0)
    await tx.sql(
      `update webhook_inbox set status = 'ignored', finished_at = now()
        where environment = $1 and stripe_event_id = any($2) and status = 'received'`,
      [environment, others],
    );
}
