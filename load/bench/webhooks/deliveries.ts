/**
 * Stripe, and the gateway behind it: a process of its own, forked by the benchmark. It signs deliveries ahead of the
 * time that is measured, and sends them over raw keep-alive sockets, one at a time on each.
 */
import { connect, type Socket } from 'node:net';
import {
  type GatewayKey,
  importGatewayPrivateKey,
} from '@commerce/contracts/vocabulary/gateway-signature.ts';
import Stripe from 'stripe';
import { responseReader } from '../front-door/response-reader.ts';
import { signGatewayCall } from '../gateway-call.ts';
import { GATEWAY_KEY_ID } from '../holds/stage.ts';
import { eventOf } from './events.ts';
import { type DeliveryReport, type DriveOrder, type SignOrder, WEBHOOK_SECRET } from './orders.ts';

type Delivery = { readonly id: string; readonly bytes: Buffer };
type Due = { readonly delivery: Delivery; readonly inMs: number };

/** The authority that both sides are signed for, whatever port they listen on. */
const HOST = 'node.bench.internal';
const PATH = '/node/v1/webhooks/stripe';
const AT_ONCE = 64;

let deliveries: Delivery[] = [];

async function sign(order: SignOrder): Promise<void> {
  deliveries = [];
  const privateKey = await importGatewayPrivateKey(order.gatewayPrivateKey);
  const key = { keyId: GATEWAY_KEY_ID, privateKey };
  for (let first = 0; first < order.count; first += AT_ONCE) {
    const length = Math.min(AT_ONCE, order.count - first);
    const group = Array.from({ length }, (_, index) =>
      signOne(order, order.from + first + index, key),
    );
    deliveries.push(...(await Promise.all(group)));
  }
}

async function signOne(order: SignOrder, number: number, key: GatewayKey): Promise<Delivery> {
  const { id, json } = eventOf(order, number);
  const body = Buffer.from(json);
  const signature = Stripe.webhooks.generateTestHeaderString({
    payload: json,
    secret: WEBHOOK_SECRET,
  });
  const url = `http://${HOST}${PATH}`;
  const headers = { 'stripe-signature': signature };
  const signed = await signGatewayCall({ method: 'POST', url, shop: null, headers, body }, key);
  const lines = [...signed].map(([name, value]) => `${name}: ${value}`);
  const head = `POST ${PATH} HTTP/1.1\r\nhost: ${HOST}\r\ncontent-length: ${body.length}\r\n`;
  return { id, bytes: Buffer.concat([Buffer.from(`${head}${lines.join('\r\n')}\r\n\r\n`), body]) };
}

async function drive({ port, callers, seconds, perSecond }: DriveOrder): Promise<DeliveryReport> {
  const sockets = await Promise.all(Array.from({ length: callers }, () => connected(port)));
  const ids = new Set<string>();
  const allMs: number[] = [];
  let sent = 0;
  const startedAt = performance.now();
  const endsAt = startedAt + (seconds ?? Number.POSITIVE_INFINITY) * 1_000;
  const next = (): Due | undefined => {
    const delivery = performance.now() < endsAt ? deliveries[sent] : undefined;
    if (delivery === undefined) return undefined;
    const atMs = perSecond === null ? 0 : startedAt + (sent * 1_000) / perSecond;
    sent += 1;
    return { delivery, inMs: Math.max(0, atMs - performance.now()) };
  };
  const answered = ({ id }: Delivery, status: number, tookMs: number): void => {
    if (status !== 200) throw new Error(`a delivery was answered ${status}`);
    ids.add(id);
    allMs.push(tookMs);
  };
  try {
    await Promise.all(sockets.map((socket) => keepBusy(socket, next, answered)));
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  return {
    acknowledged: allMs.length,
    distinct: ids.size,
    seconds: (performance.now() - startedAt) / 1_000,
    allMs: Float64Array.from(allMs),
  };
}

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** Resolves when there is nothing more to send; rejects when the connection breaks before. */
function keepBusy(
  socket: Socket,
  next: () => Due | undefined,
  answered: (delivery: Delivery, status: number, tookMs: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let current: Delivery | undefined;
    let sentAt = 0;
    const send = (): void => {
      const due = next();
      if (due === undefined) resolve();
      else if (due.inMs > 0) setTimeout(write, due.inMs, due.delivery);
      else write(due.delivery);
    };
    const write = (delivery: Delivery): void => {
      current = delivery;
      sentAt = performance.now();
      socket.write(delivery.bytes);
    };
    const read = responseReader((status) => {
      if (current !== undefined) answered(current, status, performance.now() - sentAt);
      send();
    });
    socket.on('data', (chunk: Buffer) => {
      try {
        read(chunk);
      } catch (error) {
        reject(error);
      }
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the endpoint closed a connection')));
    send();
  });
}

process.on('message', (order: SignOrder | DriveOrder) => {
  const done = order.kind === 'drive' ? drive(order) : sign(order).then(() => null);
  done.then(
    (report) => process.send?.({ report }),
    (error: unknown) =>
      process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.({ ready: true });
