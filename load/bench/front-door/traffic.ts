/**
 * The load: a process of its own, which main.ts forks. It keeps some connections busy for a while, one request on
 * each at a time, names the host in each request, and says what came back. Raw sockets, since node:http would need
 * as much of a core as the Worker that is measured.
 */
import { connect, type Socket } from 'node:net';
import { requestBytes, type TrafficOrder, type TrafficReport } from './orders.ts';
import { responseReader } from './response-reader.ts';
import { randomFrom, zipf } from './zipf.ts';

process.on('message', (order: TrafficOrder) => {
  drive(order).then(
    (report) => process.send?.({ report }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());

async function drive(order: TrafficOrder): Promise<TrafficReport> {
  const random = randomFrom(order.seed);
  const nextShop = zipf(order.hosts, random);
  const report: TrafficReport = { known: 0, unknown: 0, seconds: 0, statuses: {} };
  const startedAt = performance.now();
  const endsAt = startedAt + order.seconds * 1000;
  let scanned = 0;
  let left = order.maxRequests;

  const next = (): { bytes: Buffer; unknown: boolean } | null => {
    left -= 1;
    if (left < 0 || performance.now() >= endsAt) return null;
    const unknown = random() < order.scanShare;
    const index = unknown ? scanned++ : nextShop();
    return { bytes: requestBytes({ index, unknown, seed: order.seed, random }), unknown };
  };
  const connections = Array.from({ length: order.connections }, () =>
    keepBusy(order.port, next, (status, unknown) => {
      report[unknown ? 'unknown' : 'known'] += 1;
      const seen = `${unknown ? 'unknown' : 'known'} ${status}`;
      report.statuses[seen] = (report.statuses[seen] ?? 0) + 1;
    }),
  );
  await Promise.all(connections);
  report.seconds = (performance.now() - startedAt) / 1000;
  return report;
}

/** Resolves when there is nothing more to send; rejects when the connection breaks before. */
function keepBusy(
  port: number,
  next: () => { bytes: Buffer; unknown: boolean } | null,
  onResponse: (status: number, unknown: boolean) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let unknown = false;
    const send = () => {
      const request = next();
      if (request === null) {
        socket.removeAllListeners('close');
        socket.destroy();
        return resolve();
      }
      unknown = request.unknown;
      socket.write(request.bytes);
    };
    const read = responseReader((status) => {
      onResponse(status, unknown);
      send();
    });
    socket.on('connect', send);
    socket.on('data', (chunk: Buffer) => {
      try {
        read(chunk);
      } catch (error) {
        reject(error);
        socket.destroy();
      }
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the Worker closed a connection')));
  });
}
