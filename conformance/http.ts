import { request as httpRequest } from 'node:http';
import type { Target } from './target.ts';

export type Sent = {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Sent as it is, in place of `body`. */
  readonly rawBody?: string;
};

export type Received = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly mediaType: string;
  /** Parsed where it is JSON; else the text. */
  readonly body: unknown;
};

const TIMEOUT_MS = 30_000;

function parse(text: string, mediaType: string): unknown {
  if (!/\bjson$/.test(mediaType) || text === '') return text;
  return JSON.parse(text);
}

/** One request to the target, with the host that it is for in `Host`. */
export function send(target: Target, sent: Sent): Promise<Received> {
  const { hostname, port } = new URL(target.url);
  const body = sent.rawBody ?? (sent.body === undefined ? undefined : JSON.stringify(sent.body));
  const headers = {
    host: target.port === '' ? sent.host : `${sent.host}:${target.port}`,
    ...(body === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
    ...sent.headers,
  };
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        hostname,
        port,
        method: sent.method,
        path: sent.path,
        headers,
        timeout: TIMEOUT_MS,
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const received = Object.entries(response.headers).map(
            ([name, value]) => [name, String(value)] as const,
          );
          const mediaType = (response.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(received),
            mediaType,
            body: parse(text, mediaType),
          });
        });
      },
    );
    request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    request.on('error', reject);
    request.end(body);
  });
}
