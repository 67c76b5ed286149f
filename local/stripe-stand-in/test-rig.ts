import { createServer } from 'node:http';
import Stripe from 'stripe';
import { type StripeStandIn, type StripeStandInOptions, startStripeStandIn } from './server.ts';

/** One webhook as it arrived, its signature already verified by the SDK. */
export interface ReceivedWebhook {
  readonly event: Stripe.Event;
  readonly body: string;
  readonly host: string | undefined;
  readonly path: string;
}

/** An endpoint that verifies what it gets; `answer` decides the status of each delivery. */
export interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly received: ReceivedWebhook[];
  /** Deliveries whose signature the SDK refused. */
  readonly forged: string[];
  answer: (delivery: ReceivedWebhook) => number | Promise<number>;
  stop(): Promise<void>;
}

export const WEBHOOK_SECRET = 'whsec_for_the_stand_in_tests';
export const API_KEY = 'sk_test_for_the_stand_in_tests';

/** The SDK pointed at a stand-in, without retries of its own unless asked for. */
export function sdk(standIn: { port: number }, config: Stripe.StripeConfig = {}): Stripe {
  return new Stripe(API_KEY, {
    host: '127.0.0.1',
    port: standIn.port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
    ...config,
  });
}

export async function startReceiver(): Promise<Receiver> {
  const { webhooks } = new Stripe(API_KEY);
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const header = request.headers['stripe-signature'] ?? '';
      let event: Stripe.Event;
      try {
        event = webhooks.constructEvent(body, header, WEBHOOK_SECRET);
      } catch {
        receiver.forged.push(body);
        response.writeHead(400).end();
        return;
      }
      const delivery = { event, body, host: request.headers.host, path: request.url ?? '' };
      receiver.received.push(delivery);
      void Promise.resolve(receiver.answer(delivery)).then((status) =>
        response.writeHead(status).end(),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port');
  const receiver: Receiver = {
    url: `http://127.0.0.1:${address.port}/api/stripe-webhook`,
    port: address.port,
    received: [],
    forged: [],
    answer: () => 200,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}

/** A stand-in on a free port, with fast retries and bookings. */
export function startForTest(options: Partial<StripeStandInOptions> = {}): Promise<StripeStandIn> {
  return startStripeStandIn({
    port: 0,
    endpoints: [],
    retryScheduleMs: [20, 40, 80, 160],
    balanceDelayMs: 20,
    ...options,
  });
}

/** Calls the control API; gives the status and the parsed JSON. */
export async function control(
  standIn: { url: string },
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${standIn.url}/_stand-in/${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const parsed: unknown = await response.json();
  if (typeof parsed !== 'object' || parsed === null) throw new Error('the answer is no object');
  return { status: response.status, body: { ...parsed } };
}

/** Parameters of a Session for custom checkout: 2 T-shirts at 19.99 EUR. */
export function teeSession(
  overrides: Stripe.Checkout.SessionCreateParams = {},
): Stripe.Checkout.SessionCreateParams {
  return {
    ui_mode: 'elements',
    mode: 'payment',
    return_url: 'http://aurora.localhost:8787/orders/ord_1',
    line_items: [
      {
        price_data: { currency: 'eur', unit_amount: 1999, product_data: { name: 'T-shirt' } },
        quantity: 2,
      },
    ],
    metadata: { shop_id: 'aurora', order_id: 'ord_1', hold_id: 'hold_1' },
    payment_intent_data: { metadata: { shop_id: 'aurora', order_id: 'ord_1' } },
    ...overrides,
  };
}

/** Waits until `condition` gives something, for at most `timeoutMs`. */
export async function until<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 10_000,
): Promise<T> {
  const giveUpAtMs = Date.now() + timeoutMs;
  for (;;) {
    const result = await condition();
    if (result !== undefined && result !== false) return result;
    if (Date.now() > giveUpAtMs) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The error that `promise` rejects with, as the SDK made it. */
export async function stripeError(
  promise: Promise<unknown>,
): Promise<InstanceType<typeof Stripe.errors.StripeError>> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return error;
    throw error;
  }
  throw new Error('expected a Stripe error, and the call succeeded');
}
