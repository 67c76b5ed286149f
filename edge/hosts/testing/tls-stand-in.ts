import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { SelfSigned } from './self-signed.ts';

export interface TlsStandIn {
  /** `127.0.0.1:PORT`, https: passes everything on to the front door, Host and path as they came. */
  readonly secure: string;
  /** `127.0.0.1:PORT`, http: sends everybody to https. */
  readonly plain: string;
  stop(): Promise<void>;
}

/** Stands where Cloudflare's edge is: ends TLS before a front door, and redirects http to https. */
export async function startTlsStandIn(
  { key, cert }: SelfSigned,
  frontDoorPort: number,
): Promise<TlsStandIn> {
  const secure = createSecureServer({ key, cert }, (incoming, outgoing) =>
    passOn(incoming, outgoing, frontDoorPort),
  );
  const plain = createServer(({ headers, url }, response) => {
    response.writeHead(301, { location: `https://${headers.host}${url}` }).end();
  });
  const servers = [secure, plain];
  for (const server of servers) server.listen(0, '127.0.0.1');
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const [securePort, plainPort] = servers.map((server) => (server.address() as AddressInfo).port);
  return {
    secure: `127.0.0.1:${securePort}`,
    plain: `127.0.0.1:${plainPort}`,
    async stop() {
      const closed = servers.map((server) => once(server, 'close'));
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
      await Promise.all(closed);
    },
  };
}

function passOn(incoming: IncomingMessage, outgoing: ServerResponse, port: number): void {
  const { method = 'GET', url = '/', headers } = incoming;
  const sent = request({ host: '127.0.0.1', port, method, path: url, headers, agent: false });
  sent.on('response', (response) => {
    outgoing.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(outgoing);
  });
  sent.on('error', () => outgoing.writeHead(502).end());
  incoming.pipe(sent);
}
