/** What the gateway does: it signs what goes to the node service, and passes webhooks on to it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { importGatewayPrivateKey } from '@commerce/contracts/vocabulary/gateway-signature.ts';
import { signGatewayCall } from '../gateway-call.ts';
import { type Answer, askServer } from './keep-alive.ts';

export type ServiceCall = {
  readonly method: 'GET' | 'POST';
  /** Below /node/v1. */
  readonly path: string;
  /** Null for a webhook. */
  readonly shopId: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
};

export type Gateway = {
  /** Rejects where no answer comes. */
  call(port: number, call: ServiceCall): Promise<Answer>;
  /** Where Stripe sends its webhooks; they go to the service's processes in turn. */
  readonly webhookUrl: string;
  close(): Promise<void>;
};

/**
 * @param privateKey base64 PKCS8, Ed25519
 * @param ports of the node service's processes
 */
export async function startGateway(
  keyId: string,
  privateKey: string,
  ports: readonly number[],
): Promise<Gateway> {
  const key = { keyId, privateKey: await importGatewayPrivateKey(privateKey) };
  const call = async (port: number, { method, path, shopId, headers = {}, body }: ServiceCall) => {
    const url = `http://127.0.0.1:${port}/node/v1${path}`;
    const shop = shopId === null ? null : { shopId, environment: 'local' as const };
    const bytes = body === undefined ? undefined : Buffer.from(body);
    const content = bytes === undefined ? {} : { body: bytes };
    const signed = await signGatewayCall({ method, url, shop, headers, ...content }, key);
    return askServer(port, `/node/v1${path}`, {
      method,
      headers: Object.fromEntries(signed),
      ...content,
    });
  };
  let next = 0;
  const server = createServer((request, response) => {
    const port = ports[next % ports.length] ?? 0;
    next += 1;
    const headers = { 'stripe-signature': String(request.headers['stripe-signature'] ?? '') };
    buffer(request)
      .then((body) =>
        call(port, { method: 'POST', path: '/webhooks/stripe', shopId: null, headers, body }),
      )
      .then(
        ({ status }) => response.writeHead(status).end(),
        () => response.writeHead(503).end(),
      );
  });
  // Longer than the stand-in keeps a connection that it does not use.
  server.keepAliveTimeout = 75_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    call,
    webhookUrl: `http://127.0.0.1:${port}/api/stripe-webhook`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
