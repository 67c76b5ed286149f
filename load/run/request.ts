import { request } from 'node:http';

export type HostCall = {
  /** `http://<name>:<port>`; names below localhost are reached at 127.0.0.1, since Node resolves none of them. */
  readonly url: string;
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
};

export type HostAnswer = {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
};

const TIMEOUT_MS = 30_000;

/** One request to this machine, with the name of the URL in its Host header. Rejects where there is no answer. */
export function requestLocal({
  url,
  method = 'GET',
  headers,
  body,
}: HostCall): Promise<HostAnswer> {
  const target = new URL(url);
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((done, reject) => {
    const sent = request(
      {
        hostname: '127.0.0.1',
        port: target.port,
        path: target.pathname + target.search,
        method,
        headers: {
          host: target.host,
          ...(text === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
          ...headers,
        },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const answered = Buffer.concat(chunks).toString('utf8');
          done({ status: response.statusCode ?? 0, headers: response.headers, text: answered });
        });
      },
    );
    sent.on('error', reject);
    sent.end(text);
  });
}

/** @returns the JSON of a 200. @throws with the status and the beginning of any other answer. */
export async function requestJson<T>(call: HostCall): Promise<T> {
  const { status, text } = await requestLocal(call);
  if (status !== 200)
    throw new Error(
      `${call.method ?? 'GET'} ${call.url} answered ${status}: ${text.slice(0, 300)}`,
    );
  return JSON.parse(text) as T;
}
