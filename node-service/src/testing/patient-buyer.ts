/** A buyer whose client does not give up: it repeats the request, under its key, until it has an answer. */

import { setTimeout as sleep } from 'node:timers/promises';
import { newKey, type Reply } from './gateway.ts';
import type { ProcessService } from './process-service.ts';

export type Checkout = {
  readonly key: string;
  readonly email: string;
  readonly body: Readonly<Record<string, unknown>>;
};

const ASK_AGAIN_MS = 250;
const PATIENCE_MS = 60_000;

const TEE = { sku: 'tee', quantity: 2, variantAttributes: { colour: 'red', size: 'm' } };

/** A checkout that nobody made before; its order is found by its e-mail address. */
export function newCheckout(lines: Readonly<Record<string, unknown>> = { items: [TEE] }): Checkout {
  const key = newKey();
  const email = `${key.toLowerCase()}@example.com`;
  return { key, email, body: { ...lines, customer: { email } } };
}

/** Asks once. @throws TypeError when the service is away, or dies before it answers. */
export function ask(service: ProcessService, { key, body }: Checkout): Promise<Reply> {
  return service.call('POST', '/checkout-sessions', { key, body });
}

const LATER: readonly unknown[] = [
  'idempotency_in_progress',
  'checkout_not_open',
  'inventory_busy',
];

/** Whether the answer asks the client to come back with the same key. */
function asksForPatience({ status, body }: Reply): boolean {
  if (status === 503) return true;
  return status === 409 && LATER.includes(body.code);
}

/**
 * Asks again and again until it is answered with something other than "later".
 * @throws after a minute, unless said otherwise, with the last answer.
 */
export async function untilAnswered(
  request: () => Promise<Reply>,
  patienceMs = PATIENCE_MS,
): Promise<Reply> {
  const deadline = Date.now() + patienceMs;
  let last = 'nobody was there';
  while (Date.now() < deadline) {
    const reply = await request().catch((error: unknown) => {
      if (error instanceof TypeError) return undefined;
      throw error;
    });
    if (reply !== undefined && !asksForPatience(reply)) return reply;
    if (reply !== undefined) last = JSON.stringify(reply.body);
    await sleep(ASK_AGAIN_MS);
  }
  throw new Error(`no answer within ${patienceMs} ms; the last was: ${last}`);
}

/** Asks for a checkout, always under its key, until it is answered. */
export function insist(service: ProcessService, checkout: Checkout): Promise<Reply> {
  return untilAnswered(() => ask(service, checkout));
}

export type OrderSeen = {
  readonly order_id: string;
  readonly session_state: string;
  readonly checkout_session_id: string | null;
  readonly hold_state: string;
};

/** Every order that a checkout led to, oldest first. */
export function ordersOf(service: ProcessService, { email }: Checkout): Promise<OrderSeen[]> {
  return service.rows<OrderSeen>(
    `select o.order_id, o.session_state, o.checkout_session_id, h.state as hold_state
       from sales_order o join hold h using (shop_id, hold_id) where o.email = $1 order by o.created_at`,
    [email],
  );
}

/** Ids and states of the sessions that Stripe has for a checkout's orders. */
export async function sessionsOf(
  service: ProcessService,
  checkout: Checkout,
): Promise<{ id: string; status: string }[]> {
  const { body } = await service.standInControl('GET', '/sessions');
  const sessions = body.sessions as { id: string; status: string; customer_email: string }[];
  return sessions
    .filter(({ customer_email }) => customer_email === checkout.email)
    .map(({ id, status }) => ({ id, status }));
}
