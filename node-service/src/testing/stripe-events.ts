/** Stripe as the one who sends events that a test has made up, signed as the real ones are. */
import { randomBytes } from 'node:crypto';
import Stripe from 'stripe';
import { eventually } from './eventually.ts';
import type { CallOptions, Reply } from './gateway.ts';
import type { TestService } from './service.ts';

export type Fields = Readonly<Record<string, unknown>>;
export type StripeEvent = Fields & { readonly id: string };

export type InboxRow = {
  readonly status: string;
  readonly shop_id: string | null;
  readonly resolved_by: string | null;
  readonly attempts: number;
};

export type StripeEvents = {
  /** Signs the bytes with the secret, so many seconds ago, and has the gateway pass them on. */
  deliver(
    payload: StripeEvent | string,
    signing?: {
      readonly secret?: string;
      readonly ageSeconds?: number;
      /** The endpoint it comes by; payments' where none is said. */
      readonly door?: 'stripe' | 'billing';
    },
    call?: CallOptions,
  ): Promise<Reply>;
  inbox(id: string): Promise<InboxRow | undefined>;
  /** Waits until the event has been applied, ignored or given up. */
  untilFinished(id: string): Promise<InboxRow>;
  deadLetter(id: string): Promise<Fields | undefined>;
  /** A session as Stripe would tell of it when it is paid, without anybody having paid. */
  paidSession(created: Reply, changes?: Fields): Promise<Fields>;
};

/** An event of test mode that nobody has seen yet. */
export function newEvent(type: string, object: Fields, changes: Fields = {}): StripeEvent {
  return {
    id: `evt_${randomBytes(12).toString('hex')}`,
    object: 'event',
    type,
    created: Math.floor(Date.now() / 1_000),
    livemode: false,
    api_version: Stripe.API_VERSION,
    data: { object },
    ...changes,
  };
}

export function createStripeEvents(
  service: Pick<
    TestService,
    'call' | 'rows' | 'standInControl' | 'webhookSecret' | 'billingWebhookSecret'
  >,
): StripeEvents {
  const inbox: StripeEvents['inbox'] = async (id) => {
    const [row] = await service.rows<InboxRow>(
      'select status, shop_id, resolved_by, attempts from webhook_inbox where stripe_event_id = $1',
      [id],
    );
    return row;
  };
  return {
    deliver: (payload, signing = {}, call = {}) => {
      const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
      const { door = 'stripe', ageSeconds = 0 } = signing;
      const own = door === 'stripe' ? service.webhookSecret : service.billingWebhookSecret;
      const { secret = own } = signing;
      const timestamp = Math.floor(Date.now() / 1_000) - ageSeconds;
      const signature = { payload: text, secret, timestamp };
      return service.call('POST', `/webhooks/${door}`, {
        shop: null,
        rawBody: new TextEncoder().encode(text),
        headers: {
          'stripe-signature': Stripe.webhooks.generateTestHeaderString(signature),
          'content-type': 'application/json',
        },
        ...call,
      });
    },
    inbox,
    untilFinished: (id) =>
      eventually(async () => {
        const row = await inbox(id);
        return row === undefined || row.status === 'received' ? undefined : row;
      }),
    deadLetter: async (id) => {
      const [row] = await service.rows(
        'select shop_id, reason, payload from dead_letter where reference = $1',
        [id],
      );
      return row;
    },
    paidSession: async ({ body }, changes = {}) => {
      const path = `/sessions/${body.checkoutSessionId}`;
      const { session } = (await service.standInControl('GET', path)).body;
      const paid = { status: 'complete', payment_status: 'paid', client_secret: null };
      const payment_intent = `pi_${randomBytes(8).toString('hex')}`;
      return { ...session, ...paid, payment_intent, ...changes };
    },
  };
}
