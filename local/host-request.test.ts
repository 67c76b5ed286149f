import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { requestHost } from './host-request.ts';

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\nok';

let server: Server;
let origin = '';
/** What came, by connection: the first answers once, and hangs up at its second request. */
let connections: string[][] = [];

beforeEach(async () => {
  connections = [];
  server = createServer((socket: Socket) => {
    const requests: string[] = [];
    const first = connections.push(requests) === 1;
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      requests.push(bytes.toString().split(' ')[0] ?? '');
      if (first && requests.length === 2) socket.destroy();
      else socket.write(ANSWER);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});

afterEach(() => server.close());

test('a GET that meets the end of an idle connection is sent again on a new one', async () => {
  const request = { origin, host: 'aurora.localhost', path: '/' };
  await requestHost(request);
  expect((await requestHost(request)).text).toBe('ok');
  expect(connections).toEqual([['GET', 'GET'], ['GET']]);
});

test('what changes something is sent once, on a connection of its own', async () => {
  const request = { origin, host: 'aurora.localhost', path: '/' };
  await requestHost(request);
  await requestHost({ ...request, method: 'POST', body: '{}' });
  expect(connections.map(([method]) => method)).toEqual(['GET', 'POST']);
});
