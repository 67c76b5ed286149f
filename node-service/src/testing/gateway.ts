/** The gateway as the tests play it: it signs as the real one does, calls the service, and passes webhooks on. */

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CONTRACT_VERSION,
  CONTRACT_VERSION_HEADER,
} from '@commerce/contracts/vocabulary/contract-version.ts';
import {
  importGatewayPrivateKey,
  signGatewayRequest,
} from '@commerce/contracts/vocabulary/gateway-signature.ts';
import {
  type ShopContext,
  shopContextToHeaders,
} from '@commerce/contracts/vocabulary/shop-context.ts';

const GATEWAY_KEY_ID = 'test-gateway';
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const PRIVATE_KEY = privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64');
const PUBLIC_KEY = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');

/** What a service must be told of this gateway: GATEWAY_PUBLIC_KEYS. */
export const GATEWAY_PUBLIC_KEYS = JSON.stringify({ [GATEWAY_KEY_ID]: PUBLIC_KEY });

export type Reply = {
  readonly status: number;
  readonly headers: Headers;
  // A test knows what it asked for; the contract check of every answer holds its shape.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly body: any;
};

export type CallOptions = {
  readonly shop?: string | null;
  readonly body?: unknown;
  readonly rawBody?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly bearer?: string;
  readonly key?: string;
  /** Who signs, and when, where it is not the gateway, now. Null leaves the request unsigned. */
  readonly signature?: { readonly keyId?: string; readonly at?: Date } | null;
  /** Changes the request after it was signed, as one who has caught it might. */
  readonly tamper?: (request: Request) => Request;
};

/** An Idempotency-Key. */
export function newKey(): string {
  return randomBytes(24).toString('base64url');
}

/** Listens on a free port of 127.0.0.1 and answers which. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

export async function toReply(response: Response): Promise<Reply> {
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    body: isJson && text !== '' ? JSON.parse(text) : text,
  };
}

async function signed(url: string, method: string, options: CallOptions): Promise<Request> {
  const context: ShopContext = {
    shopId: options.shop ?? '',
    requestId: `req_${newKey()}`,
    environment: 'local',
    host: `${options.shop}.localhost`,
    canonicalHost: `${options.shop}.localhost`,
  };
  const text = options.body === undefined ? null : JSON.stringify(options.body);
  const body = options.rawBody ?? (text === null ? null : new TextEncoder().encode(text));
  const request = new Request(url, {
    method,
    headers: {
      ...(options.shop === null ? {} : shopContextToHeaders(context)),
      ...(body === null ? {} : { 'content-type': 'application/json' }),
      ...(options.key === undefined ? {} : { 'idempotency-key': options.key }),
      ...(options.bearer === undefined ? {} : { authorization: `Bearer ${options.bearer}` }),
      [CONTRACT_VERSION_HEADER]: CONTRACT_VERSION,
      ...options.headers,
    },
    body: body === null ? null : new Uint8Array(body),
  });
  if (options.signature === null) return request;
  const { keyId = GATEWAY_KEY_ID, at = new Date() } = options.signature ?? {};
  const key = { keyId, privateKey: await importGatewayPrivateKey(PRIVATE_KEY) };
  return signGatewayRequest(request, body, key, at);
}

/**
 * Calls the node contract. `path` is below /node/v1 unless it begins with /ops; the shop is aurora unless said
 * otherwise.
 * @throws TypeError when the service does not answer.
 */
export async function callService(
  serviceUrl: string,
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<Reply> {
  const url = `${serviceUrl}${path.startsWith('/ops') ? '' : '/node/v1'}${path}`;
  const request = await signed(url, method, { shop: 'aurora', ...options });
  return toReply(await fetch(options.tamper?.(request) ?? request));
}

/** What the gateway does with a webhook: the bytes untouched, signed, and no shop. 503 while the service is away. */
export function createWebhookGateway(serviceUrl: () => string): Server {
  return createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const headers = {
      'stripe-signature': String(request.headers['stripe-signature'] ?? ''),
      'content-type': 'application/json',
    };
    const door = request.url?.includes('/billing/') ? 'billing' : 'stripe';
    try {
      const forwarded = await fetch(
        await signed(`${serviceUrl()}/node/v1/webhooks/${door}`, 'POST', {
          shop: null,
          rawBody: Buffer.concat(chunks),
          headers,
        }),
      );
      response.writeHead(forwarded.status).end(await forwarded.text());
    } catch {
      response.writeHead(503).end();
    }
  });
}
