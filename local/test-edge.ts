import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { type EdgeOptions, startEdge } from './edge.ts';
import { type RecordingOrigin, startRecordingOrigin } from './recording-origin.ts';

export interface EdgeCall {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
}

export interface EdgeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON. Throws where it is none. */
  json(): Record<string, unknown>;
}

/** The Workers in workerd, before a recording origin instead of the node service. */
export interface TestEdge {
  readonly origin: RecordingOrigin;
  readonly port: number;
  readonly cartKeys: EdgeOptions['cartKeys'];
  readonly operatorToken: string;
  /** Lines that the Workers have logged. */
  readonly logLines: string[];
  /** Sends a request to a host; `path` goes over the wire byte for byte. */
  call(host: string, path: string, call?: EdgeCall): Promise<EdgeAnswer>;
  /** Maps a host as an operator does, or maps it anew. Defaults: canonical, active, English. */
  putHost(host: string, settings: object): Promise<EdgeAnswer>;
  /** Runs the front door's cron trigger once, now. */
  runScheduled(): Promise<void>;
  dispose(): Promise<void>;
}

export interface TestEdgeOptions extends Partial<EdgeOptions> {
  /** Shops that the registry knows. Default: aurora, borealis. */
  readonly shopIds?: readonly string[];
}

const OPERATOR_TOKEN = 'ct1.test.operator.token';

export async function startTestEdge(options: TestEdgeOptions = {}): Promise<TestEdge> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const gatewayKeyId = 'test-1';
  const cartKeys = [{ keyId: 'c1', secret: randomBytes(32).toString('base64') }];
  const origin = await startRecordingOrigin({
    gatewayKeyId,
    gatewayPublicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    operatorToken: OPERATOR_TOKEN,
    shopIds: options.shopIds ?? ['aurora', 'borealis'],
  });
  const logLines: string[] = [];
  const edge = await startEdge({
    port: 0,
    nodeOrigin: origin.url,
    gatewayKeyId,
    gatewayPrivateKey: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
    cartKeys,
    onLogLine: (line) => logLines.push(line),
    ...options,
  }).catch(async (error: unknown) => {
    await origin.stop();
    throw error;
  });
  const call: TestEdge['call'] = (host, path, init) => send(edge.port, host, path, init);
  return {
    origin,
    port: edge.port,
    cartKeys,
    operatorToken: OPERATOR_TOKEN,
    logLines,
    call,
    async putHost(host, settings) {
      const path = `/ops/v1/hosts/${host}`;
      const authorization = `Bearer ${OPERATOR_TOKEN}`;
      const present = await call('ops.localhost', path, { headers: { authorization } });
      const precondition =
        present.status === 200 ? { 'if-match': String(present.headers.etag) } : {};
      return call('ops.localhost', path, {
        method: 'PUT',
        headers: { authorization, 'content-type': 'application/json', ...precondition },
        body: JSON.stringify({
          canonicalHost: host,
          kind: 'canonical',
          mode: 'active',
          defaultLocale: 'en',
          locales: ['en'],
          reason: 'A test',
          ...settings,
        }),
      });
    },
    runScheduled: () => edge.runScheduled(),
    async dispose() {
      await edge.dispose();
      await origin.stop();
    },
  };
}

/** By node:http, since fetch would rewrite the path and refuses some headers. */
function send(port: number, host: string, path: string, init: EdgeCall = {}): Promise<EdgeAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method: init.method ?? 'GET',
        headers: { host, ...init.headers },
        agent: false,
      },
      (response) => {
        text(response).then((body) => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: body,
            json: () => JSON.parse(body) as Record<string, unknown>,
          });
        }, reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(init.body);
  });
}
