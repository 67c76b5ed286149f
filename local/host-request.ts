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
 *
 * A server may end an idle connection in the moment in which the next request is sent on it. A GET is then sent again,
 * once, on a new one; what changes something has a connection of its own from the start.
 */
export async function requestHost(options: HostRequest): Promise<HostResponse> {
  const reads = (options.method ?? 'GET') === 'GET';
  try {
    return await requestOnce(options, reads);
  } catch (error) {
    if (!(error instanceof IdleConnectionEnded)) throw error;
    return await requestOnce(options, false);
  }
}

class IdleConnectionEnded extends Error {}

function requestOnce(options: HostRequest, mayReuse: boolean): Promise<HostResponse> {
  const { origin, host, method = 'GET', path, headers = {}, body, timeoutMs = 30_000 } = options;
  return new Promise((done, reject) => {
    const sent = request(
      new URL(path, origin),
      {
        method,
        ...(mayReuse ? {} : { agent: false }),
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
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const ended = sent.reusedSocket && error.code === 'ECONNRESET';
      reject(ended ? new IdleConnectionEnded(error.message, { cause: error }) : error);
    });
    sent.end(body);
  });
}
