import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

const A = 1;
const NXDOMAIN = 3;
const ANSWER_FLAGS = 0x8180;

export interface DnsStandIn {
  /** `127.0.0.1:PORT` */
  readonly server: string;
  /** A records by name; a name that is not there is NXDOMAIN. Tests change it as they go. */
  readonly records: Map<string, string>;
  stop(): Promise<void>;
}

/** A name server on loopback with A records alone: enough for what a resolver asks of it (RFC 1035). */
export async function startDnsStandIn(): Promise<DnsStandIn> {
  const records = new Map<string, string>();
  const socket = createSocket('udp4');
  socket.on('message', (query, { address, port }) => {
    socket.send(answerTo(query, records), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address() as AddressInfo;
  return {
    server: `127.0.0.1:${port}`,
    records,
    async stop() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function answerTo(query: Buffer, records: ReadonlyMap<string, string>): Buffer {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('ascii', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const question = query.subarray(12, at + 5);
  const type = query.readUInt16BE(at + 1);
  const address = records.get(labels.join('.').toLowerCase());
  const answers = address !== undefined && type === A ? [aRecord(address)] : [];
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(ANSWER_FLAGS | (address === undefined ? NXDOMAIN : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(answers.length, 6);
  return Buffer.concat([header, question, ...answers]);
}

/** The name is a pointer to the question's; the record may be kept for 0 s. */
function aRecord(address: string): Buffer {
  const fixed = [0xc0, 12, 0, A, 0, 1, 0, 0, 0, 0, 0, 4];
  return Buffer.from([...fixed, ...address.split('.').map(Number)]);
}
