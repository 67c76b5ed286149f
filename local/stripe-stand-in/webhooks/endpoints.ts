import { createHash } from 'node:crypto';
import type Stripe from 'stripe';

/** Which events an endpoint subscribed to. */
export type EndpointKind = 'checkout' | 'billing';

export interface WebhookEndpoint {
  /** Where to post, for example `http://hooks.localhost:8787/api/stripe-webhook`; plain http only. */
  url: string;
  /** The `Host` header, where it is not the URL's own. */
  hostHeader?: string;
  /** The signing secret, `whsec_…`. */
  secret: string;
  events: readonly EndpointKind[];
}

export interface RegisteredEndpoint extends WebhookEndpoint {
  /** Stable over restarts, even when the port or the secret changes. */
  readonly id: string;
}

type EventType = Stripe.Event['type'];

const SUBSCRIPTIONS: Record<EndpointKind, ReadonlySet<EventType>> = {
  checkout: new Set<EventType>([
    'checkout.session.completed',
    'checkout.session.async_payment_succeeded',
    'checkout.session.async_payment_failed',
    'checkout.session.expired',
    'payment_intent.created',
    'payment_intent.succeeded',
    'payment_intent.payment_failed',
    'payment_intent.processing',
    'payment_intent.canceled',
    'charge.dispute.closed',
    'charge.dispute.created',
    'charge.dispute.funds_reinstated',
    'charge.dispute.funds_withdrawn',
    'charge.refunded',
    'charge.succeeded',
    'charge.updated',
    'refund.created',
    'refund.failed',
    'refund.updated',
  ]),
  billing: new Set<EventType>([
    'customer.created',
    'customer.updated',
    'customer.deleted',
    'customer.subscription.created',
    'customer.subscription.updated',
    'customer.subscription.deleted',
    'customer.subscription.paused',
    'customer.subscription.resumed',
    'customer.subscription.trial_will_end',
    'invoice.created',
    'invoice.finalized',
    'invoice.paid',
    'invoice.payment_succeeded',
    'invoice.payment_failed',
    'invoice.voided',
    'invoice.marked_uncollectible',
    'invoice_payment.paid',
  ]),
};

/** Checks the endpoints and names them. Throws where a URL is not plain http. */
export function registerEndpoints(endpoints: readonly WebhookEndpoint[]): RegisteredEndpoint[] {
  const seen = new Map<string, number>();
  return endpoints.map((endpoint) => {
    const url = new URL(endpoint.url);
    if (url.protocol !== 'http:') throw new Error(`webhook endpoint ${endpoint.url} is not http:`);
    const what = `${url.pathname} ${[...endpoint.events].sort().join(' ')}`;
    const nth = seen.get(what) ?? 0;
    seen.set(what, nth + 1);
    const digest = createHash('sha256').update(`${what} ${nth}`).digest('hex');
    return { ...endpoint, id: `we_${digest.slice(0, 24)}` };
  });
}

/** The endpoints an event of this type goes to. */
export function subscribersOf(
  type: EventType,
  endpoints: readonly RegisteredEndpoint[],
): RegisteredEndpoint[] {
  return endpoints.filter((endpoint) =>
    endpoint.events.some((kind) => SUBSCRIPTIONS[kind].has(type)),
  );
}
