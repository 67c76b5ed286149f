/** For each operation of public/v1: the call that its contract promises to answer well, made ready on a real target. */
import { createHmac, randomBytes } from 'node:crypto';
import type { OperationId } from '@commerce/generated/public-v1/operations.ts';
import { type Received, type Sent, send } from './http.ts';
import type { Target, TargetShop } from './target.ts';

export type Case = {
  /** Makes whatever the call needs, and the call. */
  readonly prepare: (target: Target, shop: TargetShop) => Promise<Sent>;
  readonly expectedStatus: number;
  /** Declared absent: the operation says 501 until it is built. */
  readonly notImplemented?: true;
};

export const newKey = (): string => randomBytes(24).toString('base64url');

function line(shop: TargetShop) {
  const [first] = shop.skus;
  if (first === undefined) throw new Error(`${shop.id} sells nothing`);
  return { ...first, quantity: 1 };
}

const post = (
  shop: TargetShop,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Sent => ({
  host: shop.host,
  method: 'POST',
  path,
  body,
  headers,
});

const keyed = (): Record<string, string> => ({ 'idempotency-key': newKey() });

export type Checkout = { orderId: string; checkoutSessionId: string; accessToken: string };

/** @throws when the target does not start a checkout. */
export async function startCheckout(target: Target, shop: TargetShop): Promise<Checkout> {
  const answer = await send(
    target,
    post(shop, '/api/checkout-session', { items: [line(shop)] }, keyed()),
  );
  if (answer.status !== 201)
    throw new Error(`no checkout at ${shop.host}: ${JSON.stringify(answer.body)}`);
  return answer.body as Checkout;
}

export async function pay(
  target: Target,
  checkoutSessionId: string,
  outcome: string,
): Promise<void> {
  const answer = await fetch(`${target.standInUrl}/_stand-in/sessions/${checkoutSessionId}/pay`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ outcome }),
  });
  if (!answer.ok) throw new Error(`the stand-in answers ${answer.status}: ${await answer.text()}`);
}

const bearer = (token: string | undefined): Record<string, string> => ({
  authorization: `Bearer ${token}`,
});

/** A cookie as a browser would send it back. */
export function cookieOf(answer: Received): string {
  return (answer.headers['set-cookie'] ?? '').split(';')[0] ?? '';
}

async function onSession(
  target: Target,
  shop: TargetShop,
  action: 'finalize' | 'cancel',
): Promise<Sent> {
  const { checkoutSessionId, accessToken } = await startCheckout(target, shop);
  return post(
    shop,
    `/api/checkout-session/${checkoutSessionId}/${action}`,
    {},
    { ...keyed(), ...bearer(accessToken) },
  );
}

/** What is in an event, beside its id and time. */
export type EventContent = { readonly type: string; readonly object: object };

/** One that no shop handles: durable, and of no interest. */
const OF_NO_INTEREST: EventContent = {
  type: 'product.created',
  object: { id: 'prod_conformance', object: 'product', metadata: {} },
};

/** A signed event, by the door that `path` names. */
export function webhook(
  target: Target,
  path: string,
  secret: string,
  { type, object }: EventContent = OF_NO_INTEREST,
): Sent {
  const created = Math.floor(Date.now() / 1_000);
  const rawBody = JSON.stringify({
    id: `evt_${randomBytes(12).toString('hex')}`,
    object: 'event',
    api_version: '2026-10-28.endive',
    created,
    livemode: false,
    type,
    data: { object },
    pending_webhooks: 1,
    request: null,
  });
  const signature = createHmac('sha256', secret).update(`${created}.${rawBody}`).digest('hex');
  return {
    host: target.hooksHost,
    method: 'POST',
    path,
    rawBody,
    headers: { 'stripe-signature': `t=${created},v1=${signature}` },
  };
}

const cart = (
  method: string,
  body: (shop: TargetShop) => unknown,
  headers: Readonly<Record<string, string>> = {},
): Case => ({
  expectedStatus: 200,
  prepare: async (target, shop) => {
    const filled = await send(target, post(shop, '/api/cart', line(shop)));
    return {
      host: shop.host,
      method,
      path: '/api/cart',
      body: body(shop),
      headers: { cookie: cookieOf(filled), ...headers },
    };
  },
});

const notBuilt = (prepare: Case['prepare']): Case => ({
  expectedStatus: 501,
  notImplemented: true,
  prepare,
});

export const CASES: Readonly<Record<OperationId, Case>> = {
  createCheckoutSession: {
    expectedStatus: 201,
    prepare: async (_target, shop) =>
      post(
        shop,
        '/api/checkout-session',
        { items: [line(shop)], customer: { email: 'ada@example.com' } },
        keyed(),
      ),
  },
  finalizeCheckoutSession: {
    expectedStatus: 200,
    prepare: (target, shop) => onSession(target, shop, 'finalize'),
  },
  cancelCheckoutSession: {
    expectedStatus: 200,
    prepare: (target, shop) => onSession(target, shop, 'cancel'),
  },
  getOrderStatus: {
    expectedStatus: 200,
    prepare: async (target, shop) => {
      const { orderId, accessToken } = await startCheckout(target, shop);
      return {
        host: shop.host,
        method: 'GET',
        path: `/api/order-status?orderId=${orderId}`,
        headers: bearer(accessToken),
      };
    },
  },
  validateInventory: {
    expectedStatus: 200,
    prepare: async (_target, shop) =>
      post(shop, '/api/inventory/validate', { items: [line(shop)] }),
  },
  getAvailability: {
    expectedStatus: 200,
    prepare: async (_target, shop) => ({
      host: shop.host,
      method: 'GET',
      path: `/api/inventory/availability?variantKey=${encodeURIComponent('v1:mug')}`,
    }),
  },
  getCart: cart('GET', () => undefined),
  addCartLine: cart('POST', line),
  updateCartLine: cart('PATCH', (shop) => ({ ...line(shop), quantity: 3 })),
  replaceCart: cart('PUT', (shop) => ({ lines: [line(shop)] })),
  clearCart: cart('DELETE', () => undefined, { 'content-type': 'application/json' }),
  createReturn: notBuilt(async (target, shop) => {
    const { checkoutSessionId, accessToken } = await startCheckout(target, shop);
    return post(
      shop,
      '/api/return',
      { sessionId: checkoutSessionId },
      { ...keyed(), ...bearer(accessToken) },
    );
  }),
  handOverRental: notBuilt(async (target, shop) =>
    post(
      shop,
      '/api/rental',
      { sessionId: 'cs_test_conformance' },
      { ...keyed(), ...bearer(target.staffTokens[shop.id]) },
    ),
  ),
  settleRental: notBuilt(async (target, shop) => ({
    ...post(
      shop,
      '/api/rental',
      { sessionId: 'cs_test_conformance' },
      { ...keyed(), ...bearer(target.staffTokens[shop.id]) },
    ),
    method: 'PATCH',
  })),
  createSubscription: notBuilt(async (target, shop) =>
    post(
      shop,
      '/api/subscribe',
      { priceId: 'price_conformance' },
      { ...keyed(), ...bearer(target.customerTokens[shop.id]) },
    ),
  ),
  changeSubscription: notBuilt(async (target, shop) =>
    post(
      shop,
      '/api/subscription/change',
      { subscriptionId: 'sub_conformance', priceId: 'price_conformance' },
      { ...keyed(), ...bearer(target.customerTokens[shop.id]) },
    ),
  ),
  cancelSubscription: notBuilt(async (target, shop) =>
    post(
      shop,
      '/api/subscription/cancel',
      { subscriptionId: 'sub_conformance' },
      { ...keyed(), ...bearer(target.customerTokens[shop.id]) },
    ),
  ),
  receiveStripeWebhook: {
    expectedStatus: 200,
    prepare: async (target) => webhook(target, '/api/stripe-webhook', target.webhookSecret),
  },
  receiveBillingWebhook: {
    expectedStatus: 200,
    prepare: async (target) => webhook(target, '/api/billing/webhook', target.billingWebhookSecret),
  },
  ingestReconciliation: notBuilt(async (target, shop) =>
    post(
      shop,
      '/api/reconciliation',
      { shop: shop.id, id: 'conformance-1', amountTotal: 1999, currency: 'EUR' },
      bearer(target.reconciliationTokens[shop.id]),
    ),
  ),
};
