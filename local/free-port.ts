import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/**
 * Below the ports that Linux, macOS and Windows give to outgoing connections: one of those may be taken by somebody's
 * call between the asking and the binding, which a platform that takes seconds to start has met.
 */
const FIRST_PORT = 12_000;
const LAST_PORT = 31_999;
const TRIES = 100;

/**
 * A TCP port of 127.0.0.1 and ::1 that was free a moment ago, by chance between 12,000 and 31,999.
 * Nothing reserves it: whoever asks should bind it soon.
 */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    if (await isPortFree(port)) return port;
  }
  throw new Error(`none of ${TRIES} ports between ${FIRST_PORT} and ${LAST_PORT} is free`);
}

/**
 * True when the port can be bound right now on 127.0.0.1 and, where there is IPv6, on ::1: a browser tries both for
 * a name like aurora.localhost. Throws on anything but "in use" and "not allowed".
 */
export async function isPortFree(port: number): Promise<boolean> {
  return (await canBind(port, '127.0.0.1')) && (await canBind(port, '::1'));
}

async function canBind(port: number, host: string): Promise<boolean> {
  const server = createServer();
  try {
    await listen(server, port, host);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'EADDRINUSE' || code === 'EACCES') return false;
    const noIpv6 = host === '::1' && ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'].includes(code);
    if (noIpv6) return true;
    throw error;
  }
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return true;
}

function listen(server: Server, port: number, host = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
