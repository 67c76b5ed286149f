/**
 * A service that sells as it is written first: the same signature, contract validation, tokens and Stripe calls as the
 * node service, and a transaction for each step, on plain node:http. Forked by bench/checkout/platform.ts; says its
 * port. Settings: NAIVE_SHOP, the JSON of `NaiveShopSettings`.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CONTRACT_VERSION,
  CONTRACT_VERSION_HEADER,
} from '@commerce/contracts/vocabulary/contract-version.ts';
import {
  importGatewayPublicKey,
  verifyGatewayRequest,
} from '@commerce/contracts/vocabulary/gateway-signature.ts';
import { prefixedId, uuidV7 } from '@commerce/contracts/vocabulary/ids.ts';
import { signToken, verifyToken } from '@commerce/contracts/vocabulary/token.ts';
import { variantKeyV1 } from '@commerce/contracts/vocabulary/variant-key.ts';
import pg from 'pg';
import Stripe from 'stripe';
import { loadModule } from '../bench/platform-module.ts';
import { confirmOrder, findProduct, openOrder, orderState, placeOrder } from './naive-orders.ts';

export type NaiveShopSettings = {
  readonly databaseUrl: string;
  readonly connections: number;
  readonly gatewayKeyId: string;
  readonly gatewayPublicKey: string;
  readonly tokenKey: { readonly keyId: string; readonly secret: string };
  readonly stripe: {
    readonly secretKey: string;
    readonly port: number;
    readonly webhookSecret: string;
  };
  /** Who answers operators, for the mapping of hosts: `http://127.0.0.1:<port>`. */
  readonly operationsAt: string;
};

type Operation = 'createCheckoutSession' | 'getOrderStatus' | 'receiveStripeWebhook';
type Contract = {
  requestErrors(operation: Operation, request: object): readonly object[];
  answerErrors(operation: Operation, answer: object): readonly string[];
};
type ContractModule = { loadContract(name: 'node-v1'): Promise<Contract> };
type Received = {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly bytes: Buffer;
};
type Answer = { readonly status: number; readonly body: object };
type CheckoutBody = {
  readonly items: readonly [{ readonly sku: string; readonly quantity: number }];
};

const SESSION_SECONDS = 1_860;
const HOLD_MS = 1_980_000;
const TOKEN_SECONDS = 60 * 60 * 24 * 90;

const settings = JSON.parse(process.env.NAIVE_SHOP ?? '') as NaiveShopSettings;
const { loadContract } = await loadModule<ContractModule>('node-service/src/http/contract.ts');
const contract = await loadContract('node-v1');
const keys = new Map([
  [settings.gatewayKeyId, await importGatewayPublicKey(settings.gatewayPublicKey)],
]);
const tokenKeys = new Map([[settings.tokenKey.keyId, settings.tokenKey.secret]]);
const pool = new pg.Pool({ connectionString: settings.databaseUrl, max: settings.connections });
const stripe = new Stripe(settings.stripe.secretKey, {
  host: '127.0.0.1',
  port: settings.stripe.port,
  protocol: 'http',
  telemetry: false,
});

const server = createServer((incoming, response) => {
  if (incoming.url?.startsWith('/ops/')) return passOn(incoming, response);
  serve(incoming, response).catch((error: unknown) => {
    console.error(error);
    response.writeHead(500).end();
  });
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
process.on('disconnect', () => process.exit());
process.send?.({ ready: (server.address() as AddressInfo).port });

async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const received = await receive(incoming);
  const operation = operationOf(received);
  if (operation !== 'receiveStripeWebhook') {
    const query = {};
    const headers = Object.fromEntries(received.headers);
    const body = received.bytes.length === 0 ? undefined : JSON.parse(received.bytes.toString());
    const errors = contract.requestErrors(operation, { ...received, query, headers, body });
    if (errors.length > 0) throw new Error(`breaks the contract: ${JSON.stringify(errors)}`);
  }
  const answer = await HANDLERS[operation](received);
  const headers = {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    [CONTRACT_VERSION_HEADER]: CONTRACT_VERSION,
    'x-request-id': received.headers.get('x-request-id') ?? `req_${uuid()}`,
  };
  const text = JSON.stringify(answer.body);
  const broken = contract.answerErrors(operation, {
    status: answer.status,
    headers,
    body: JSON.parse(text),
  });
  if (broken.length > 0) throw new Error(`the answer breaks the contract: ${broken.join('; ')}`);
  response.writeHead(answer.status, headers).end(text);
}

/** The bytes, once the gateway's signature over them is verified. */
async function receive(incoming: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct))
    for (const value of values ?? []) headers.append(name, value);
  const { method = '', url: path = '' } = incoming;
  const url = `http://${incoming.headers.host}${path}`;
  const body = bytes.length > 0 ? bytes : null;
  const result = await verifyGatewayRequest({ method, url, headers, body }, keys, new Date());
  if (!result.ok) throw new Error(`signature: ${result.reason}`);
  return { method, path, headers, bytes };
}

function operationOf({ method, path }: Received): Operation {
  if (method === 'POST' && path === '/node/v1/checkout-sessions') return 'createCheckoutSession';
  if (method === 'POST' && path === '/node/v1/webhooks/stripe') return 'receiveStripeWebhook';
  if (method === 'GET' && /^\/node\/v1\/orders\/[^/]+\/status$/.test(path)) return 'getOrderStatus';
  throw new Error(`${method} ${path} is not sold here`);
}

const HANDLERS: Readonly<Record<Operation, (received: Received) => Promise<Answer>>> = {
  createCheckoutSession: createSession,
  getOrderStatus: readStatus,
  receiveStripeWebhook: receiveWebhook,
};

async function createSession({ headers, bytes }: Received): Promise<Answer> {
  const shopId = headers.get('x-shop-id') ?? '';
  const key = headers.get('idempotency-key') ?? '';
  const [{ sku, quantity }] = (JSON.parse(bytes.toString()) as CheckoutBody).items;
  const product = await findProduct(pool, shopId, sku);
  if (product === null) throw new Error(`no product ${sku}`);
  const subtotal = product.netMinor * quantity;
  const tax = Math.round((subtotal * product.taxBasisPoints) / 10_000);
  const total = subtotal + tax;
  const ids = { orderId: prefixedId('order', uuid()), holdId: prefixedId('hold', uuid()) };
  const now = new Date();
  const expiresAt = new Date(now.getTime() + HOLD_MS);
  const order = { shopId, ...ids, key, requestHash: hash(bytes), sku, quantity, currency: 'EUR' };
  const variantKey = variantKeyV1(sku, {});
  if (!(await placeOrder(pool, { ...order, variantKey, totalMinor: total, expiresAt, now })))
    throw new Error(`no unit is left of ${sku}`);
  const session = await openSession(shopId, ids, { name: product.name, total, quantity }, now);
  const body = {
    ...ids,
    checkoutSessionId: session.id,
    clientSecret: session.client_secret,
    holdExpiresAt: expiresAt.toISOString(),
    amounts: { currency: 'EUR', subtotal, tax, shipping: 0, discount: 0, deposit: 0, total },
  };
  await openOrder(pool, { shopId, orderId: ids.orderId, key, sessionId: session.id, answer: body });
  const accessToken = await signToken(
    {
      kind: 'order',
      shopId,
      subject: ids.orderId,
      checkoutSessionId: session.id,
      version: 1,
      expiresAt: Math.floor(now.getTime() / 1_000) + TOKEN_SECONDS,
      tokenId: uuid(),
    },
    settings.tokenKey,
  );
  return { status: 201, body: { ...body, accessToken } };
}

function openSession(
  shopId: string,
  { orderId, holdId }: { readonly orderId: string; readonly holdId: string },
  sold: { readonly name: string; readonly total: number; readonly quantity: number },
  now: Date,
): Promise<Stripe.Checkout.Session> {
  const metadata = { shop_id: shopId, order_id: orderId, hold_id: holdId };
  return stripe.checkout.sessions.create(
    {
      mode: 'payment',
      ui_mode: 'elements',
      client_reference_id: orderId,
      adaptive_pricing: { enabled: false },
      line_items: [
        {
          quantity: 1,
          price_data: {
            currency: 'eur',
            unit_amount: sold.total,
            product_data: { name: `${sold.quantity} × ${sold.name}` },
          },
        },
      ],
      return_url: `http://${shopId}.localhost/orders/${orderId}`,
      expires_at: Math.floor(now.getTime() / 1_000) + SESSION_SECONDS,
      metadata,
      payment_intent_data: { metadata },
    },
    { idempotencyKey: `checkout-${orderId}` },
  );
}

async function readStatus({ path, headers }: Received): Promise<Answer> {
  const orderId = path.split('/')[4] ?? '';
  const shopId = headers.get('x-shop-id') ?? '';
  const token = headers.get('authorization')?.replace(/^Bearer /, '') ?? '';
  const verified = await verifyToken(token, tokenKeys, new Date());
  const isTheirs =
    verified.ok && verified.claims.subject === orderId && verified.claims.shopId === shopId;
  const state = isTheirs ? await orderState(pool, shopId, orderId) : null;
  if (state === null) throw new Error(`not to be seen: ${orderId}`);
  const status = state === 'confirmed' ? 'confirmed' : 'processing';
  const finalized = status === 'confirmed';
  return { status: 200, body: { orderId, status, disputed: false, finalized } };
}

/** Of all that Stripe tells of a payment, it needs one word. */
async function receiveWebhook({ headers, bytes }: Received): Promise<Answer> {
  const signature = headers.get('stripe-signature') ?? '';
  const event = Stripe.webhooks.constructEvent(bytes, signature, settings.stripe.webhookSecret);
  if (event.type === 'checkout.session.completed') {
    const { metadata, amount_total, payment_intent } = event.data.object;
    await confirmOrder(pool, {
      shopId: metadata?.shop_id ?? '',
      orderId: metadata?.order_id ?? '',
      reference: String(payment_intent),
      amountMinor: amount_total ?? 0,
      now: new Date(),
    });
  }
  return { status: 200, body: { received: true } };
}

/** With its Host header, which its signature covers. */
function passOn(incoming: IncomingMessage, response: ServerResponse): void {
  const { method, headers, url = '' } = incoming;
  const sent = request(new URL(url, settings.operationsAt), { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  sent.on('error', () => response.writeHead(502).end());
  incoming.pipe(sent);
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url');
}

function uuid(): string {
  return uuidV7(Date.now(), crypto.getRandomValues(new Uint8Array(10)));
}
