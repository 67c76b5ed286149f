import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';

const PAGE = `<!doctype html><title>A product</title>${'<p>Some four kilobytes of a page.</p>'.repeat(110)}`;
/**
 * What the storefront sends with a page (its page-response.ts, and http/security-headers.ts), and after it the
 * request's own id, where it came with one.
 */
const HEAD = [
  'HTTP/1.1 200 OK',
  'content-type: text/html; charset=utf-8',
  'content-language: en',
  'cache-control: private, no-store',
  "content-security-policy: default-src 'self'; script-src 'nonce-c2V2ZW50ZWVuIGJ5dGVz'; base-uri 'none'",
  'x-content-type-options: nosniff',
  'x-frame-options: DENY',
  'referrer-policy: strict-origin-when-cross-origin',
  'permissions-policy: camera=(), geolocation=(), microphone=(), usb=()',
  'cross-origin-opener-policy: same-origin-allow-popups',
  'cross-origin-resource-policy: same-origin',
  'strict-transport-security: max-age=31536000',
  `content-length: ${Buffer.byteLength(PAGE)}`,
].join('\r\n');
/** The line with the break before it. */
const REQUEST_ID = /\r\nx-request-id: *[\w-]+/i;
const HEAD_END = Buffer.from('\r\n\r\n');

export interface Origin {
  readonly port: number;
  stop(): Promise<void>;
}

/** Answers every GET with one page, with as little work as a process can do, so that the Workers are what is measured. */
export async function startOrigin(): Promise<Origin> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf(HEAD_END); end >= 0; end = rest.indexOf(HEAD_END)) {
        const [requestId = ''] = REQUEST_ID.exec(rest.toString('latin1', 0, end)) ?? [];
        rest = rest.subarray(end + HEAD_END.length);
        socket.write(`${HEAD}${requestId}\r\n\r\n${PAGE}`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
