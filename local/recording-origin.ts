import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import {
  importGatewayPublicKey,
  type SignatureResult,
  verifyGatewayRequest,
} from '@commerce/contracts/vocabulary/gateway-signature.ts';
import { PROBLEM_CONTENT_TYPE, problem } from '@commerce/contracts/vocabulary/problem.ts';

/** What the gateway sent, as the node service would see it. */
export interface RecordedCall {
  readonly method: string;
  /** Path and query, as they came. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: Buffer;
  readonly signature: SignatureResult;
}

export interface OriginAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds before the answer. */
  readonly delayMs?: number;
}

export type Answering = (call: RecordedCall) => OriginAnswer | undefined;

/** Stands where the node service is, to see what reaches it. It decides nothing: a test says what it answers. */
export interface RecordingOrigin {
  readonly url: string;
  readonly calls: RecordedCall[];
  /** Who answers from now on; undefined falls back to the operator, the known shops, and an empty 200. */
  answerWith(answering: Answering): void;
  /** Forgets the calls and the answers. */
  reset(): void;
  stop(): Promise<void>;
}

export interface RecordingOriginOptions {
  readonly gatewayKeyId: string;
  /** base64 SPKI */
  readonly gatewayPublicKey: string;
  /** The bearer token that is the operator's. */
  readonly operatorToken: string;
  readonly shopIds: readonly string[];
}

export async function startRecordingOrigin(
  options: RecordingOriginOptions,
): Promise<RecordingOrigin> {
  const publicKey = await importGatewayPublicKey(options.gatewayPublicKey);
  const publicKeys = new Map([[options.gatewayKeyId, publicKey]]);
  const calls: RecordedCall[] = [];
  let answering: Answering = () => undefined;

  const server = createServer((request, response) => {
    void record(request, publicKeys).then(async (call) => {
      calls.push(call);
      const answer = answering(call) ?? registryAnswer(call, options) ?? { status: 200 };
      if (answer.delayMs !== undefined) {
        await new Promise((resolve) => setTimeout(resolve, answer.delayMs));
      }
      respond(response, answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    answerWith: (next) => {
      answering = next;
    },
    reset: () => {
      calls.length = 0;
      answering = () => undefined;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function record(
  request: IncomingMessage,
  publicKeys: ReadonlyMap<string, CryptoKey>,
): Promise<RecordedCall> {
  const headers = new Headers();
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    headers.append(request.rawHeaders[index] ?? '', request.rawHeaders[index + 1] ?? '');
  }
  const method = request.method ?? '';
  const target = request.url ?? '';
  const body = await buffer(request);
  const received = { method, url: `http://${request.headers.host}${target}`, headers, body };
  const signature = await verifyGatewayRequest(received, publicKeys, new Date());
  return { method, target, headers, body, signature };
}

function registryAnswer(
  { target, headers }: RecordedCall,
  { operatorToken, shopIds }: RecordingOriginOptions,
): OriginAnswer | undefined {
  if (!target.startsWith('/ops/v1/')) return undefined;
  if (headers.get('authorization') !== `Bearer ${operatorToken}`) {
    return problemAnswer('unauthenticated', headers);
  }
  if (target === '/ops/v1/operator') {
    const operator = { subject: 'ida', tokenId: 'tok_1', expiresAt: '2027-11-23T00:00:00Z' };
    return json(operator);
  }
  const shopId = target.slice('/ops/v1/shops/'.length);
  if (!shopIds.includes(shopId)) return problemAnswer('shop_unknown', headers);
  const createdAt = '2026-11-01T09:00:00Z';
  return json({ shopId, displayName: shopId, mayTrade: true, maySettle: true, createdAt });
}

export function json(body: unknown, status = 200): OriginAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function problemAnswer(code: 'unauthenticated' | 'shop_unknown', headers: Headers): OriginAnswer {
  const requestId = headers.get('x-request-id') ?? 'missing-request-id';
  const body = problem(code, { detail: 'As the registry says.', requestId });
  return {
    status: body.status,
    headers: { 'content-type': PROBLEM_CONTENT_TYPE },
    body: JSON.stringify(body),
  };
}

function respond(response: ServerResponse, { status, headers, body }: OriginAnswer): void {
  response.writeHead(status, headers);
  response.end(body);
}
