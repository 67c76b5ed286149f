import { request } from 'node:http';

export type HostRequest = {
  /** `http://127.0.0.1:<port>` of the front door. */
  origin: string;
  /** The host that is meant, with its port: `aurora.localhost:8787`. */
  host: string;
  method?: string;
  /** Path and query. */
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  /** Default 30 s. */
  timeoutMs?: number;
};

export type HostResponse = {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  text: string;
};

/**
 * One request to a *.localhost name: Node resolves none of them, and its `fetch` sends its own Host header whatever
 * it is told. Rejects when there is no answer within `timeoutMs`.
 */
export function requestHost(options: HostRequest): Promise<HostResponse> {
  const { origin, host, method = 'GET', path, headers = {}, body, timeoutMs = 30_000 } = options;
  return new Promise((done, reject) => {
    const sent = request(
      new URL(path, origin),
      {
        method,
        headers: {
          ...headers,
          host,
          ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
        },
        signal: AbortSignal.timeout(timeoutMs),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          done({ status: response.statusCode ?? 0, headers: response.headers, text });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
