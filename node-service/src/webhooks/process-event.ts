import Stripe from 'stripe';
import { applyOrderEvent } from '../checkout/index.ts';
import type { Deps } from '../deps.ts';
import { applyBillingEvent } from '../subscriptions/index.ts';
import { isReadableVersion } from './api-versions.rules.ts';
import { writeDeadLetter } from './dead-letter.ts';
import { isBillingEvent, isOrderEvent } from './event-types.rules.ts';
import { type Identifiers, identifiersOf } from './identifiers.rules.ts';
import { learnFrom } from './learn.ts';

export type EventJob = {
  readonly shopId: string;
  readonly requestId: string;
  readonly stripeEventId: string;
};

type Undecidable = 'unknown_order' | 'unknown_object' | 'unsupported_api_version';
type Outcome = 'applied' | 'ignored' | Undecidable;

/** An event in hand, and the order that it is about: what the map knows its objects by, else what its metadata names. */
type InHand = {
  readonly event: Stripe.Event;
  readonly status: string;
  readonly orderId: string | null;
  readonly identifiers: Identifiers;
};

async function takeInHand(deps: Deps, { shopId, stripeEventId }: EventJob): Promise<InHand> {
  const { environment } = deps.config;
  return deps.db.asPlatform('read a webhook event', async (tx) => {
    const [row] = await tx.sql<{ payload: Stripe.Event; status: string }>(
      `select payload, status from webhook_inbox
        where environment = $1 and stripe_event_id = $2 and shop_id = $3`,
      [environment, stripeEventId, shopId],
    );
    if (row === undefined)
      throw new Error(`no event ${stripeEventId} of shop ${shopId} in the inbox`);
    const { payload: event, status } = row;
    const identifiers = identifiersOf(event);
    const { orderId, objects } = identifiers;
    // Strongest first: of two orders the one that the stronger object is known by.
    const [mapped] = await tx.sql<{ order_id: string }>(
      `select m.order_id
         from rows from (json_to_recordset($3) as ("objectType" text, "stripeId" text)) with ordinality as n (type, id, rank)
         join stripe_object_shop_map m
           on m.environment = $1 and m.object_type = n.type and m.stripe_id = n.id
        where m.shop_id = $2 and m.order_id is not null
        order by n.rank limit 1`,
      [environment, shopId, JSON.stringify(objects)],
      'commit',
    );
    return { event, status, orderId: mapped?.order_id ?? orderId, identifiers };
  });
}

/** To whom the event is told, by what it is about. */
async function apply(
  deps: Deps,
  shopId: string,
  { event, orderId }: Pick<InHand, 'event' | 'orderId'>,
): Promise<Outcome> {
  if (!isReadableVersion(event.api_version, Stripe.API_VERSION)) return 'unsupported_api_version';
  if (isOrderEvent(event)) return applyOrderEvent(deps, shopId, orderId, event);
  if (isBillingEvent(event)) return applyBillingEvent(deps, shopId, event);
  return 'ignored';
}

function detailOf(why: Undecidable, { type, api_version }: Stripe.Event, shopId: string): string {
  switch (why) {
    case 'unknown_order':
      return `${type} names no order of ${shopId}`;
    case 'unknown_object':
      return `${type} cannot be decided: Stripe does not know what it asks for`;
    case 'unsupported_api_version':
      return `${type} is told in API version ${api_version ?? '(none)'}, which is not read here`;
  }
}

const EVENT = 'environment = $1 and stripe_event_id = $2 and shop_id = $3';

/** Applies one event of the inbox to its shop. Safe to repeat. @throws so that the job comes back. */
export async function processEvent(deps: Deps, job: EventJob): Promise<void> {
  const { environment } = deps.config;
  const inHand = await takeInHand(deps, job);
  if (inHand.status !== 'received') return;
  const where = [environment, job.stripeEventId, job.shopId];
  const { event, identifiers, orderId } = inHand;
  const outcome = await apply(deps, job.shopId, inHand).catch(async (error: unknown) => {
    await deps.db.asPlatform('count a failed attempt', (tx) =>
      tx.sql(`update webhook_inbox set attempts = attempts + 1 where ${EVENT}`, where, 'commit'),
    );
    throw error;
  });
  deps.killPoint('webhook.before_finished');
  await deps.db.asPlatform('finish a webhook event', async (tx) => {
    if (outcome !== 'applied' && outcome !== 'ignored') {
      const detail = detailOf(outcome, event, job.shopId);
      await writeDeadLetter(tx, deps, {
        source: 'webhook',
        reference: event.id,
        shopId: job.shopId,
        reason: outcome,
        detail,
        payload: event,
      });
      return;
    }
    if (outcome === 'applied')
      await learnFrom(tx, environment, [{ identifiers, shopId: job.shopId, orderId }]);
    await tx.sql(
      `update webhook_inbox set status = $4, attempts = attempts + 1, finished_at = now()
        where ${EVENT} and status = 'received'`,
      [...where, outcome],
      'commit',
    );
  });
  deps.metrics.webhooks.inc({ shop: job.shopId, event_type: event.type, outcome });
}
