/** What becomes of an event once its shop is known: a job of the shop, where there is something to do. */
import type Stripe from 'stripe';
import type { PlatformTx } from '../platform/db.ts';
import { MAX_ATTEMPTS } from '../platform/enqueue.ts';
import { isApplied, isLearnt } from './event-types.rules.ts';
import { identifiersOf } from './identifiers.rules.ts';

/**
 * In the transaction that made the event the shop's. An event that changes no order needs no job: what it names is learnt
 * here, and it is finished.
 */
export async function handOver(
  tx: PlatformTx,
  environment: string,
  shopId: string,
  { event, requestId }: { readonly event: Stripe.Event; readonly requestId: string },
): Promise<void> {
  if (isApplied(event)) {
    const payload = { shopId, requestId, stripeEventId: event.id };
    await tx.sql('select enqueue_job($1, $2, $3, now(), null, $4)', [
      shopId,
      'process_stripe_event',
      JSON.stringify(payload),
      MAX_ATTEMPTS,
    ]);
    return;
  }
  if (isLearnt(event.type)) await learnObject(tx, environment, shopId, event);
  await tx.sql(
    `update webhook_inbox set status = 'ignored', finished_at = now()
      where environment = $1 and stripe_event_id = $2 and status = 'received'`,
    [environment, event.id],
  );
}

/** An object to know again: a refund or a dispute names only this. Its order is what the map says, else its metadata. */
async function learnObject(
  tx: PlatformTx,
  environment: string,
  shopId: string,
  event: Stripe.Event,
): Promise<void> {
  const { objects, orderId } = identifiersOf(event);
  const [own] = objects;
  if (own === undefined) return;
  await tx.sql(
    `insert into stripe_object_shop_map (environment, object_type, stripe_id, shop_id, order_id)
     select $1, $2, $3, $4, known.order_id
       from (select coalesce(
                      (select order_id from stripe_object_shop_map
                        where environment = $1 and shop_id = $4 and order_id is not null and stripe_id = any($5) limit 1),
                      $6) as order_id) known
      where known.order_id is not null
         on conflict do nothing`,
    [
      environment,
      own.objectType,
      own.stripeId,
      shopId,
      objects.map(({ stripeId }) => stripeId),
      orderId,
    ],
  );
}
