/**
 * The load over HTTP: a process of its own, forked by over-http.ts. It signs requests, and sends them over raw
 * keep-alive sockets, one request at a time on each: node:http would need as much of a core as the service.
 */
import { connect, type Socket } from 'node:net';
import { responseReader } from '../front-door/response-reader.ts';
import type { DriveOrder, HttpReport, SignOrder } from './http-orders.ts';
import { type SignedRequest, signRequests } from './signed-requests.ts';

let requests: readonly SignedRequest[] = [];

const FIT = { create: 201, commit: 200, release: 200 } as const;
const DONE = { create: 'created', commit: 'committed', release: 'released' } as const;

async function drive(order: DriveOrder): Promise<HttpReport> {
  const sockets = await Promise.all(
    Array.from({ length: order.callers }, (_, index) =>
      connected(order.ports[index % order.ports.length] ?? 0),
    ),
  );
  const counts = { created: 0, committed: 0, released: 0, busy: 0 };
  const allMs: number[] = [];
  let sent = 0;
  const startedAt = performance.now();
  const endsAt = startedAt + order.seconds * 1_000;
  const next = (): SignedRequest | undefined =>
    performance.now() < endsAt ? requests[sent++] : undefined;
  const answered = (request: SignedRequest, status: number, tookMs: number): void => {
    if (status === 409) counts.busy += 1;
    else if (status === FIT[request.kind]) {
      counts[DONE[request.kind]] += 1;
      allMs.push(tookMs);
    } else throw new Error(`a ${request.kind} was answered ${status}`);
  };
  try {
    await Promise.all(sockets.map((socket) => keepBusy(socket, next, answered)));
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  return { ...counts, seconds, allMs: Float64Array.from(allMs) };
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
  next: () => SignedRequest | undefined,
  answered: (request: SignedRequest, status: number, tookMs: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let current: SignedRequest | undefined;
    let sentAt = 0;
    const send = (): void => {
      current = next();
      sentAt = performance.now();
      if (current === undefined) resolve();
      else socket.write(current.bytes);
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
    socket.on('close', () => reject(new Error('the service closed a connection')));
    send();
  });
}

async function serve(order: SignOrder | DriveOrder): Promise<HttpReport | null> {
  if (order.kind === 'drive') return drive(order);
  requests = await signRequests(order);
  return null;
}

process.on('message', (order: SignOrder | DriveOrder) => {
  serve(order).then(
    (report) => process.send?.({ report }),
    (error: unknown) =>
      process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.({ ready: true });
