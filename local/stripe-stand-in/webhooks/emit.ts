import Stripe from 'stripe';
import { newId } from '../ids.ts';
import { unixSeconds, type Work } from '../work.ts';
import type { EventPlan } from './delivery-faults.ts';
import { subscribersOf } from './endpoints.ts';

/** The events the stand-in makes; a new resource adds its own. */
export type EmittedType =
  | 'charge.dispute.closed'
  | 'charge.dispute.created'
  | 'charge.dispute.funds_reinstated'
  | 'charge.dispute.funds_withdrawn'
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
  | 'customer.deleted'
  | 'customer.subscription.created'
  | 'customer.subscription.deleted'
  | 'customer.subscription.paused'
  | 'customer.subscription.resumed'
  | 'customer.subscription.trial_will_end'
  | 'customer.subscription.updated'
  | 'customer.updated'
  | 'invoice.created'
  | 'invoice.finalized'
  | 'invoice.marked_uncollectible'
  | 'invoice.paid'
  | 'invoice.payment_failed'
  | 'invoice.payment_succeeded'
  | 'invoice.voided'
  | 'invoice_payment.paid'
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
 * Records an event with the object as it now is, and its deliveries to each endpoint that subscribed, as the delivery
 * faults have them. All become real with the transaction, so no event tells of what was rolled back.
 */
export function emit<T extends EmittedType>(
  work: Work,
  type: T,
  object: EventOf<T>['data']['object'] & { id: string },
  previousAttributes?: Record<string, unknown>,
): void {
  const plan = work.deliveryFaults.plan(type);
  const data = {
    object,
    ...(previousAttributes === undefined ? {} : { previous_attributes: previousAttributes }),
  };
  record(work, type, data, laneOf(object), plan);
  if (plan.twin) record(work, type, data, laneOf(object), plan);
}

function record(
  work: Work,
  type: EmittedType,
  data: Stripe.EventBase['data'],
  lane: string,
  plan: EventPlan,
): void {
  const id = newId('evt_1');
  const subscribers = subscribersOf(type, work.endpoints);
  const event: Stripe.EventBase = {
    id,
    object: 'event',
    api_version: Stripe.API_VERSION,
    created: unixSeconds(work.nowMs),
    data,
    livemode: false,
    pending_webhooks: subscribers.length,
    request: { id: work.cause.requestId, idempotency_key: work.cause.idempotencyKey },
    type,
  };
  work.tx.put('events', id, { event, lane });
  for (const endpoint of subscribers) {
    plan.deliveries().forEach(({ delayMs, ...how }, index) => {
      const copy = index === 0 ? '' : `:${index + 1}`;
      work.tx.put('deliveries', `${id}:${endpoint.id}${copy}`, {
        ...how,
        eventId: id,
        endpointId: endpoint.id,
        attempts: 0,
        // Deliveries keep real time, whatever the clock says.
        nextAttemptAtMs: Date.now() + delayMs,
        lastStatus: null,
        lastError: null,
      });
    });
  }
}

/** What belongs together shares a lane, so that its events normally arrive in the order they happened. */
function laneOf(object: {
  id: string;
  payment_intent?: unknown;
  parent?: Stripe.Invoice.Parent | null;
}): string {
  const subscription = object.parent?.subscription_details?.subscription;
  if (typeof subscription === 'string') return subscription;
  return typeof object.payment_intent === 'string' ? object.payment_intent : object.id;
}
