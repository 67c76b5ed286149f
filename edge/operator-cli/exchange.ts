import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** A TCP endpoint that is connected to instead of the one that the URL names. */
export interface Endpoint {
  readonly hostname: string;
  readonly port: number;
}

export interface Exchange {
  /** Its host goes into the Host header and, over https, into SNI; its path goes out as it is. */
  readonly url: URL;
  /** Absent: where the URL's own host resolves to. */
  readonly connect?: Endpoint | undefined;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Exchanged {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const TIMEOUT_MS = 30_000;
const MAX_BODY_BYTES = 8 * 1024 * 1024;

/**
 * One request and its answer, no redirect followed. By node:http, since `fetch` drops a Host header of ours and Node
 * resolves no *.localhost name. Rejects when there is no answer within 30 s, or one of more than 8 MiB.
 */
export function exchange({ url, connect, method = 'GET', headers = {}, body }: Exchange) {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const defaultPort = url.protocol === 'https:' ? 443 : 80;
  return new Promise<Exchanged>((resolve, reject) => {
    const sent = send(
      {
        hostname: connect?.hostname ?? url.hostname,
        port: connect?.port ?? (url.port === '' ? defaultPort : Number(url.port)),
        ...(url.protocol === 'https:' ? { servername: url.hostname } : {}),
        method,
        path: `${url.pathname}${url.search}`,
        headers: {
          ...headers,
          host: url.host,
          ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
        },
        agent: false,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.byteLength;
          if (bytes > MAX_BODY_BYTES) sent.destroy(new Error('the answer is larger than 8 MiB'));
        });
        response.on('error', reject);
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: headersOf(response.rawHeaders),
            text: Buffer.concat(chunks).toString('utf8'),
          });
        });
      },
    );
    sent.on('error', (error) => reject(unanswered(error)));
    sent.end(body);
  });
}

function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    headers.append(raw[index] ?? '', raw[index + 1] ?? '');
  }
  return headers;
}

/** A refused connection to a name with several addresses is an AggregateError without a message of its own. */
function unanswered(error: Error & { code?: string }): Error {
  if (error.name === 'TimeoutError') return new Error(`no answer within ${TIMEOUT_MS / 1000} s`);
  return error.message === '' ? new Error(error.code ?? error.name) : error;
}
