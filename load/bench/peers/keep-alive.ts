import { Agent, request } from 'node:http';

export type Answer = {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  /** Parsed where it is JSON, else its text. */
  readonly body: unknown;
};

export type Question = {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or the bytes themselves. */
  readonly body?: string | Buffer;
};

/** Longer than any answer took that came at all. */
const TIMEOUT_MS = 120_000;

/** As many connections as there are callers, each kept. */
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

/** One request to 127.0.0.1. Rejects where no whole answer comes within two minutes. */
export async function askServer(port: number, path: string, question: Question): Promise<Answer> {
  for (;;) {
    try {
      return await askOnce(port, path, question);
    } catch (error) {
      if (!(error instanceof ConnectionGone)) throw error;
    }
  }
}

/** A connection that was kept, and that the server closed as the request was on its way: nothing was read of it. */
class ConnectionGone extends Error {}

function askOnce(port: number, path: string, question: Question): Promise<Answer> {
  const { method = 'POST', headers = {}, body } = question;
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const options = {
    agent,
    host: '127.0.0.1',
    port,
    path,
    method,
    headers: { ...headers, ...length },
    timeout: TIMEOUT_MS,
  };
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const { statusCode: status = 0, headers: received } = response;
        resolve({ status, headers: received, body: parsed(text) });
      });
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`)));
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const isGone = sent.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '');
      reject(isGone ? new ConnectionGone(error.message) : error);
    });
    sent.end(body);
  });
}

/** Closes what is kept, once no server is there any more. */
export function closeConnections(): void {
  agent.destroy();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
