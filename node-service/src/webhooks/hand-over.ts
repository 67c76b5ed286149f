/** An event whose shop has become known is the shop's: a job, where there is something to do. */
import type Stripe from 'stripe';
import type { PlatformTx } from '../platform/db.ts';
import { isApplied } from './event-types.rules.ts';

/** With the queue's backoff (e to the power of the attempt, in seconds) the last one comes half an hour after the first. */
export const EVENT_ATTEMPTS = 8;

/** In the transaction that made the event the shop's. */
export async function handOver(
  tx: PlatformTx,
  environment: string,
  shopId: string,
  { event, requestId }: { readonly event: Stripe.Event; readonly requestId: string },
): Promise<void> {
  if (isApplied(event)) {
    await enqueueEvent(tx, { shopId, requestId, stripeEventId: event.id });
    return;
  }
  await tx.sql(
    `update webhook_inbox set status = 'ignored', finished_at = now()
      where environment = $1 and stripe_event_id = $2 and status = 'received'`,
    [environment, event.id],
  );
}

export async function enqueueEvent(
  tx: PlatformTx,
  job: { readonly shopId: string; readonly requestId: string; readonly stripeEventId: string },
): Promise<void> {
  await tx.sql('select enqueue_events($1, $2)', [JSON.stringify([job]), EVENT_ATTEMPTS]);
}
