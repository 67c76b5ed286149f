/**
 * The buyers: a process of its own, forked by platform.ts. Each begins a checkout, pays at the stand-in, and asks how
 * the order stands until it is confirmed; then it buys again. Settings: BENCH_GATEWAY_KEY, base64 PKCS #8.
 */
import { Agent, type OutgoingHttpHeaders, request } from 'node:http';
import { importGatewayPrivateKey } from '@commerce/contracts/vocabulary/gateway-signature.ts';
import { newKey, signGatewayCall } from '../gateway-call.ts';
import { type BuyersOrder, type BuyersReport, GATEWAY_KEY_ID, SHOP, SKU } from './orders.ts';

type Call = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: object;
};
type Answer = { readonly status: number; readonly body: Record<string, string | number> };
type Shop = {
  begin(key: string): Promise<Answer>;
  status(orderId: string, accessToken: string): Promise<Answer>;
};

/** The first question comes so long after the payment, each later one after half as much more. */
const FIRST_ASKED_MS = 60;
const ASKED_AT_MOST_EVERY_MS = 500;
const PATIENCE_MS = 60_000;

const agent = new Agent({ keepAlive: true });
const key = {
  keyId: GATEWAY_KEY_ID,
  privateKey: await importGatewayPrivateKey(process.env.BENCH_GATEWAY_KEY ?? ''),
};

function send(origin: string, { method, path, headers, body }: Call): Promise<Answer> {
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const length = bytes === undefined ? {} : { 'content-length': bytes.length };
    const sent = request(
      new URL(path, origin),
      { method, agent, headers: { ...headers, ...length } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const isJson = /json/.test(response.headers['content-type'] ?? '');
          resolve({ status: response.statusCode ?? 0, body: isJson ? JSON.parse(text) : { text } });
        });
      },
    );
    sent.on('error', reject);
    sent.end(bytes);
  });
}

const WANTED = { items: [{ sku: SKU, quantity: 1 }] };

/** As the gateway calls the service. */
function behindTheGateway(origin: string): Shop {
  const call = async (
    method: 'GET' | 'POST',
    path: string,
    headers: Record<string, string>,
    body?: object,
  ) => {
    const bytes = body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) };
    const shop = { shopId: SHOP, environment: 'local' as const };
    const url = `${origin}/node/v1${path}`;
    const signed = await signGatewayCall({ method, url, shop, headers, ...bytes }, key);
    const sent = { method, path: `/node/v1${path}`, headers: Object.fromEntries(signed) };
    return send(origin, body === undefined ? sent : { ...sent, body });
  };
  return {
    begin: (idempotencyKey) =>
      call('POST', '/checkout-sessions', { 'idempotency-key': idempotencyKey }, WANTED),
    status: (orderId, accessToken) =>
      call('GET', `/orders/${orderId}/status`, { authorization: `Bearer ${accessToken}` }),
  };
}

let addresses = 0;

/** As a browser calls the shop's host, each buyer from an address of its own. */
function beforeTheEdge(origin: string): Shop {
  addresses += 1;
  const address = `198.${18 + ((addresses >> 16) & 1)}.${(addresses >> 8) & 255}.${addresses & 255}`;
  const host = `${SHOP}.localhost:${new URL(origin).port}`;
  const headers = { host, 'cf-connecting-ip': address };
  return {
    begin: (idempotencyKey) =>
      send(origin, {
        method: 'POST',
        path: '/api/checkout-session',
        headers: {
          ...headers,
          origin: `http://${host}`,
          'content-type': 'application/json',
          'idempotency-key': idempotencyKey,
        },
        body: WANTED,
      }),
    status: (orderId, accessToken) =>
      send(origin, {
        method: 'GET',
        path: `/api/order-status?orderId=${orderId}`,
        headers: { ...headers, authorization: `Bearer ${accessToken}` },
      }),
  };
}

class Failed extends Error {}

/** Comes back, under the same key, for as long as the shop says that it is busy. */
async function begin(shop: Shop, onBusy: () => void): Promise<Answer> {
  const idempotencyKey = newKey();
  for (;;) {
    const answer = await shop.begin(idempotencyKey);
    if (answer.status === 201) return answer;
    if (answer.body.code !== 'inventory_busy')
      throw new Failed(`checkout: ${answer.status} ${answer.body.code}`);
    onBusy();
    await pause(Number(answer.body.retryAfterMs));
  }
}

async function buy(shop: Shop, standInUrl: string, onBusy: () => void): Promise<void> {
  const { body } = await begin(shop, onBusy);
  const paid = await send(standInUrl, {
    method: 'POST',
    path: `/_stand-in/sessions/${body.checkoutSessionId}/pay`,
    headers: { 'content-type': 'application/json' },
    body: { outcome: 'succeeded' },
  });
  if (paid.status !== 200) throw new Failed(`payment: ${paid.status}`);
  const deadline = performance.now() + PATIENCE_MS;
  for (let waitMs = FIRST_ASKED_MS; ; waitMs = Math.min(ASKED_AT_MOST_EVERY_MS, waitMs * 1.5)) {
    await pause(waitMs);
    const asked = await shop.status(String(body.orderId), String(body.accessToken));
    if (asked.status !== 200) throw new Failed(`status: ${asked.status} ${asked.body.code}`);
    if (asked.body.status === 'confirmed') return;
    if (asked.body.status !== 'processing') throw new Failed(`the order is ${asked.body.status}`);
    if (performance.now() > deadline) throw new Failed('the order is not confirmed');
  }
}

async function drive(order: BuyersOrder): Promise<BuyersReport> {
  const origin = `http://127.0.0.1:${order.port}`;
  const orderMs: number[] = [];
  const errors: Record<string, number> = {};
  let busy = 0;
  const startedAt = performance.now();
  const endsAt = startedAt + order.seconds * 1_000;
  const buyer = async (): Promise<void> => {
    const shop = order.way === 'node' ? behindTheGateway(origin) : beforeTheEdge(origin);
    while (performance.now() < endsAt) {
      const beganAt = performance.now();
      try {
        await buy(shop, order.standInUrl, () => {
          busy += 1;
        });
        orderMs.push(performance.now() - beganAt);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        errors[why] = (errors[why] ?? 0) + 1;
        if (!(error instanceof Failed)) return;
      }
    }
  };
  await Promise.all(Array.from({ length: order.buyers }, buyer));
  const seconds = (performance.now() - startedAt) / 1_000;
  const confirmed = orderMs.length;
  return { confirmed, errors, busy, seconds, orderMs: Float64Array.from(orderMs) };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

process.on('message', (order: BuyersOrder) => {
  drive(order).then(
    (report) => process.send?.({ report }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.({ ready: true });
