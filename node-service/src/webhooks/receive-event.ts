import type Stripe from 'stripe';
import type { Deps } from '../deps.ts';
import type { PlatformTx } from '../platform/db.ts';
import { Problem } from '../platform/problem.ts';
import { writeDeadLetter } from './dead-letter.ts';
import { handOver } from './hand-over.ts';
import { identifiersOf } from './identifiers.rules.ts';
import { type Resolution, resolveShop } from './resolve-shop.ts';

export type ReceivedEvent = {
  readonly endpoint: 'stripe' | 'billing';
  readonly event: Stripe.Event;
  readonly requestId: string;
};

type Receiving = Pick<Deps, 'db' | 'config' | 'metrics' | 'log' | 'clock' | 'killPoint'>;

async function insertEvent(
  tx: PlatformTx,
  environment: string,
  { endpoint, event, requestId }: ReceivedEvent,
  shop: Resolution,
): Promise<boolean> {
  const shopId = shop.kind === 'resolved' ? shop.shopId : null;
  const rows = await tx.sql(
    `insert into webhook_inbox
       (environment, stripe_event_id, endpoint, event_type, created_at, api_version, shop_id, resolved_by, resolved_at, request_id, payload)
     values ($1, $2, $3, $4, to_timestamp($5), $6, $7, $8, case when $7::text is not null then now() end, $9, $10)
     on conflict do nothing returning 1`,
    [
      environment,
      event.id,
      endpoint,
      event.type,
      event.created,
      event.api_version,
      shopId,
      shop.kind === 'resolved' ? shop.by : null,
      requestId,
      JSON.stringify(event),
    ],
  );
  return rows.length > 0;
}

/**
 * Makes an event durable, once, and hands it to its shop where that is known: what is answered 2xx is never lost.
 * @throws Problem livemode_mismatch for an event of the other mode.
 */
export async function receiveEvent(deps: Receiving, received: ReceivedEvent): Promise<void> {
  const { environment } = deps.config;
  const { event } = received;
  if (event.livemode !== (environment === 'production')) {
    throw new Problem('livemode_mismatch', {
      detail: `An event with livemode ${event.livemode} is not for ${environment}.`,
    });
  }
  const resolution = await deps.db.asPlatform('receive a webhook event', async (tx) => {
    const shop = await resolveShop(tx, environment, identifiersOf(event));
    const isNew = await insertEvent(tx, environment, received, shop);
    if (!isNew) return 'duplicate' as const;
    if (shop.kind === 'resolved') await handOver(tx, environment, shop.shopId, received);
    if (shop.kind === 'contradiction') {
      await writeDeadLetter(tx, deps, {
        source: 'webhook',
        reference: event.id,
        shopId: null,
        reason: 'contradicting_tenant',
        detail: shop.detail,
        payload: event,
      });
    }
    deps.killPoint('webhook.before_received');
    return shop;
  });
  deps.killPoint('webhook.after_received');
  const shop =
    resolution !== 'duplicate' && resolution.kind === 'resolved' ? resolution.shopId : '';
  const outcome = resolution === 'duplicate' ? 'duplicate' : resolution.kind;
  deps.metrics.webhooks.inc({ shop, event_type: event.type, outcome });
}
