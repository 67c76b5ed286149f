/** Dead letters that come about as they do in earnest, and the operators who look after them. */
import { randomBytes } from 'node:crypto';
import { resolveLater } from '../webhooks/index.ts';
import type { Reply } from './gateway.ts';
import type { TestService } from './service.ts';
import { createStripeEvents, type Fields, newEvent, type StripeEvent } from './stripe-events.ts';
import { issueToken } from './tokens.ts';

export const newStripeId = (prefix: string): string =>
  `${prefix}_${randomBytes(8).toString('hex')}`;

/** What each letter of a test holds, and no list, log or error may show. */
export const SECRET_EMAIL = 'ada@example.com';

export type Letters = {
  /** Calls the operators' contract, as `operator` where no other token is given. */
  ops(method: string, path: string, body?: object, bearer?: string): Promise<Reply>;
  /** An invoice of a subscription that nobody knows, whose minute is over: a letter of no shop. */
  unresolved(subscription: string): Promise<string>;
  /** The letter of an event that names nobody's objects, once its minute is over. */
  givenUp(event: StripeEvent): Promise<string>;
  /** A payment of an order that aurora does not have, as far as it got: without jobs it waits. */
  unknownOrder(): Promise<StripeEvent>;
  /** The letter of this event. */
  letterOf(eventId: string): Promise<string>;
  /** How often the event's job is in the queue. */
  jobsOf(eventId: string): Promise<number>;
};

export async function createLetters(service: TestService, operator: string): Promise<Letters> {
  const stripe = createStripeEvents(service);
  const token = await issueToken(service, 'operator', { subject: operator });
  const letterOf = async (eventId: string): Promise<string> => {
    const [row] = await service.rows<{ id: string }>(
      'select dead_letter_id as id from dead_letter where reference = $1',
      [eventId],
    );
    if (row === undefined) throw new Error(`no letter of ${eventId}`);
    return row.id;
  };
  const deliver = async (event: StripeEvent): Promise<void> => {
    const { status } = await stripe.deliver(event);
    if (status !== 200) throw new Error(`the event was answered ${status}`);
  };
  const givenUp = async (event: StripeEvent): Promise<string> => {
    await deliver(event);
    await service.rows(
      `update webhook_inbox set received_at = now() - interval '1 hour', looked_at = now() - interval '1 minute', looks = 10000
        where stripe_event_id = $1`,
      [event.id],
    );
    await resolveLater(service.deps);
    return letterOf(event.id);
  };
  return {
    ops: (method, path, body, bearer = token) =>
      service.call(method, `/ops/v1${path}`, {
        shop: null,
        bearer,
        ...(body === undefined ? {} : { body }),
      }),
    letterOf,
    givenUp,
    unresolved: (subscription) => givenUp(newEvent('invoice.paid', invoiceOf(subscription))),
    unknownOrder: async () => {
      const event = newEvent('payment_intent.succeeded', {
        id: newStripeId('pi'),
        object: 'payment_intent',
        amount: 100,
        amount_received: 100,
        currency: 'eur',
        metadata: { shop_id: 'aurora', order_id: 'ord_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e' },
      });
      await deliver(event);
      return event;
    },
    jobsOf: async (eventId) => {
      const rows = await service.rows(
        `select 1 from graphile_worker._private_jobs where payload ->> 'stripeEventId' = $1`,
        [eventId],
      );
      return rows.length;
    },
  };
}

function invoiceOf(subscription: string): Fields {
  return {
    id: newStripeId('in'),
    object: 'invoice',
    customer: newStripeId('cus'),
    customer_email: SECRET_EMAIL,
    metadata: {},
    parent: { type: 'subscription_details', subscription_details: { subscription, metadata: {} } },
    lines: { object: 'list', data: [] },
  };
}
