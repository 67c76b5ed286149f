import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type ClientSettings, callNode, NodeUnreachable } from './node-client.ts';

let server: Server | undefined;
let requests = 0;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener) {
  requests = 0;
  server = createServer((request, response) => {
    requests += 1;
    listener(request, response);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { privateKey } = (await crypto.subtle.generateKey('Ed25519', true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair;
  const { port } = server.address() as AddressInfo;
  return {
    nodeOrigin: `http://127.0.0.1:${port}`,
    signingKey: { keyId: 'test-1', privateKey },
  };
}

/** Behaves as a generated client does: what its fetch throws, it hands back. */
async function post({ baseUrl, fetch }: ClientSettings): Promise<unknown> {
  try {
    return { response: await fetch(`${baseUrl}/holds`, { method: 'POST', body: '{}' }) };
  } catch (error) {
    return { error };
  }
}

test('gives the answer with its bytes', async () => {
  const config = await serve((_, response) => response.writeHead(201, { etag: '"a"' }).end('{ }'));
  const answer = await callNode(config, '/node/v1', 1_000, post);
  expect(answer.status).toBe(201);
  expect(answer.headers.get('etag')).toBe('"a"');
  expect(new TextDecoder().decode(answer.body)).toBe('{ }');
});

test.each<[string, RequestListener]>([
  ['never answers', () => undefined],
  ['begins an answer and never ends it', (_, response) => void response.write('{')],
  ['breaks the connection', (request) => void request.socket.destroy()],
])('a service that %s is unreachable, and is asked once', async (_, listener) => {
  const config = await serve(listener);
  await expect(callNode(config, '/node/v1', 200, post)).rejects.toThrow(NodeUnreachable);
  expect(requests).toBe(1);
});
