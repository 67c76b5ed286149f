import Stripe from 'stripe';
import { newId } from '../ids.ts';
import { unixSeconds, type Work } from '../work.ts';
import { subscribersOf } from './endpoints.ts';

/** The events the stand-in makes; a new resource adds its own. */
export type EmittedType =
  | 'charge.failed'
  | 'charge.pending'
  | 'charge.refunded'
  | 'charge.succeeded'
  | 'charge.updated'
  | 'checkout.session.async_payment_failed'
  | 'checkout.session.async_payment_succeeded'
  | 'checkout.session.completed'
  | 'checkout.session.expired'
  | 'customer.created'
  | 'payment_intent.canceled'
  | 'payment_intent.created'
  | 'payment_intent.payment_failed'
  | 'payment_intent.processing'
  | 'payment_intent.succeeded'
  | 'refund.created'
  | 'refund.failed'
  | 'refund.updated';

type EventOf<T extends EmittedType> = Extract<Stripe.Event, { type: T }>;

/**
 * Records an event with the object as it now is, and a delivery for each endpoint that subscribed.
 * Both become real with the transaction, so no event tells of what was rolled back.
 */
export function emit<T extends EmittedType>(
  work: Work,
  type: T,
  object: EventOf<T>['data']['object'] & { id: string },
  previousAttributes?: Record<string, unknown>,
): void {
  const id = newId('evt_1');
  const subscribers = subscribersOf(type, work.endpoints);
  const event: Stripe.EventBase = {
    id,
    object: 'event',
    api_version: Stripe.API_VERSION,
    created: unixSeconds(work.nowMs),
    data: {
      object,
      ...(previousAttributes === undefined ? {} : { previous_attributes: previousAttributes }),
    },
    livemode: false,
    pending_webhooks: subscribers.length,
    request: { id: work.cause.requestId, idempotency_key: work.cause.idempotencyKey },
    type,
  };
  work.tx.put('events', id, { event, lane: laneOf(object) });
  for (const endpoint of subscribers) {
    work.tx.put('deliveries', `${id}:${endpoint.id}`, {
      eventId: id,
      endpointId: endpoint.id,
      state: 'pending',
      attempts: 0,
      nextAttemptAtMs: work.nowMs,
      lastStatus: null,
      lastError: null,
    });
  }
}

/** One payment's events share a lane, so that they normally arrive in the order they happened. */
function laneOf(object: { id: string; payment_intent?: unknown }): string {
  return typeof object.payment_intent === 'string' ? object.payment_intent : object.id;
}
