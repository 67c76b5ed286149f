/** For each of the operators' operations of webhooks: the call that its contract promises to answer well. */
import { randomBytes } from 'node:crypto';
import type { OperationId } from '@commerce/generated/ops-v1/operations.ts';
import { type EventContent, webhook } from './cases.ts';
import { type Sent, send } from './http.ts';
import type { Target } from './target.ts';

/** Hosts, shops and stock are held to the contract by the edge's own tests, which need not keep a running shop as it is. */
type Elsewhere =
  | 'listHosts'
  | 'getHost'
  | 'putHost'
  | 'deleteHost'
  | 'getHostHistory'
  | 'getOperator'
  | 'listShops'
  | 'getShop'
  | 'getStock'
  | 'getInventoryAudit'
  | 'listStockChanges'
  | 'adjustStock'
  | 'importStock';

export type OpsOperationId = Exclude<OperationId, Elsewhere>;

export const REASON = 'Conformance';

export function asOperator(target: Target, method: string, path: string, body?: object): Sent {
  return {
    host: target.opsHost,
    method,
    path: `/ops/v1${path}`,
    headers: { authorization: `Bearer ${target.operatorToken}` },
    ...(body === undefined ? {} : { body }),
  };
}

const newId = (prefix: string): string => `${prefix}_${randomBytes(10).toString('hex')}`;

/** Names a shop that there is not: given up at once, and nobody's. */
const ofNoShop = (): EventContent => ({
  type: 'invoice.paid',
  object: { id: newId('in'), object: 'invoice', metadata: { shop_id: 'conformance-nobody' } },
});

/** Of a shop, and of an order that it does not have: given up by its job, and can be handed on again. */
const ofNoOrder = (shopId: string): EventContent => ({
  type: 'payment_intent.succeeded',
  object: {
    id: newId('pi'),
    object: 'payment_intent',
    amount: 100,
    amount_received: 100,
    currency: 'eur',
    metadata: { shop_id: shopId, order_id: 'ord_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e' },
  },
});

type Letters = { readonly items: readonly { deadLetterId: string; reference: string }[] };

const WAIT_MS = 20_000;
const LOOK_EVERY_MS = 100;

/** Sends the event, and waits for its letter. @throws when there is none in time */
async function letterOf(target: Target, content: EventContent): Promise<string> {
  const sent = webhook(target, '/api/stripe-webhook', target.webhookSecret, content);
  const { id } = JSON.parse(sent.rawBody ?? '') as { id: string };
  const { status } = await send(target, sent);
  if (status !== 200) throw new Error(`the event was answered ${status}`);
  const listed = asOperator(target, 'GET', `/dead-letters?state=open&eventType=${content.type}`);
  for (const end = Date.now() + WAIT_MS; Date.now() < end; ) {
    const { items } = (await send(target, listed)).body as Letters;
    const letter = items.find(({ reference }) => reference === id);
    if (letter !== undefined) return letter.deadLetterId;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error(`no dead letter of ${id} within ${WAIT_MS} ms`);
}

/** Makes whatever the call needs, and the call. Each is answered 200. */
type OpsCase = (target: Target, shopId: string) => Promise<Sent>;

const read =
  (path: string): OpsCase =>
  async (target) =>
    asOperator(target, 'GET', path);

const objectPath = (shopId: string, stripeId: string): string =>
  `/shops/${shopId}/stripe-objects/${stripeId}`;

const associate = (target: Target, shopId: string, stripeId: string): Sent =>
  asOperator(target, 'PUT', objectPath(shopId, stripeId), { reason: REASON });

export const OPS_CASES: Readonly<Record<OpsOperationId, OpsCase>> = {
  listDeadLetters: read('/dead-letters?limit=5'),
  getDeadLetter: async (target) =>
    asOperator(target, 'GET', `/dead-letters/${await letterOf(target, ofNoShop())}`),
  replayDeadLetter: async (target, shopId) => {
    const id = await letterOf(target, ofNoOrder(shopId));
    return asOperator(target, 'POST', `/dead-letters/${id}/replay`, { reason: REASON });
  },
  // Letters that were there before are none of ours: one that nobody's replay would move.
  replayDeadLetters: async (target) => {
    await letterOf(target, ofNoShop());
    const filter = { reason: 'contradicting_tenant', eventType: 'invoice.paid' };
    return asOperator(target, 'POST', '/dead-letters/replay', { reason: REASON, filter, limit: 1 });
  },
  discardDeadLetter: async (target) => {
    const id = await letterOf(target, ofNoShop());
    return asOperator(target, 'POST', `/dead-letters/${id}/discard`, { reason: REASON });
  },
  getStripeObject: async (target, shopId) => {
    const id = newId('sub');
    await send(target, associate(target, shopId, id));
    return asOperator(target, 'GET', objectPath(shopId, id));
  },
  associateStripeObject: async (target, shopId) => associate(target, shopId, newId('sub')),
  // By the one who said it: right where one word is enough, as in the platform that is checked.
  approveStripeObject: async (target, shopId) => {
    const id = newId('sub');
    await send(target, associate(target, shopId, id));
    const path = `${objectPath(shopId, id)}/approval`;
    return asOperator(target, 'POST', path, { reason: REASON });
  },
  backfillStripeObjects: async (target, shopId) =>
    asOperator(target, 'POST', `/shops/${shopId}/stripe-objects/backfill`, {
      reason: REASON,
      limit: 1,
    }),
  listWebhookEvents: read('/webhook-events?limit=5'),
  listOperatorActs: read('/operator-acts?limit=5'),
};
