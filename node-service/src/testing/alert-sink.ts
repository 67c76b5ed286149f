/** Where alerts are posted, as a receiver of theirs sees them: over real HTTP, with its faults. */
import { createServer, type IncomingMessage } from 'node:http';
import { listen } from './gateway.ts';

export type AlertPost = {
  readonly key: string;
  readonly authorization: string | undefined;
  readonly body: {
    readonly alertId: string;
    readonly kind: string;
    readonly shopId: string | null;
    readonly reason: string;
    readonly count: number;
    readonly total: number;
    readonly firstAt: string;
    readonly lastAt: string;
    readonly latest: { readonly reference: string; readonly detail: string };
  };
};

export type AlertSink = {
  readonly url: string;
  /** All that came, refused ones among them. */
  readonly posts: AlertPost[];
  /** The status to answer with; null hangs up instead. */
  answer: number | null;
  /** What is known of a kind after repetitions were taken out, by their keys. */
  told(kind: string): AlertPost['body'][];
  stop(): Promise<void>;
};

async function read(request: IncomingMessage): Promise<AlertPost> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return {
    key: String(request.headers['idempotency-key']),
    authorization: request.headers.authorization,
    body: JSON.parse(Buffer.concat(chunks).toString('utf8')),
  };
}

export async function startAlertSink(): Promise<AlertSink> {
  const accepted = new Map<string, AlertPost['body']>();
  const server = createServer((request, response) => {
    void read(request).then((post) => {
      sink.posts.push(post);
      if (sink.answer === null) return void request.socket.destroy();
      if (sink.answer < 300) accepted.set(post.key, post.body);
      response.writeHead(sink.answer).end();
    });
  });
  const sink: AlertSink = {
    url: `http://127.0.0.1:${await listen(server)}/alerts`,
    posts: [],
    answer: 200,
    told: (kind) => [...accepted.values()].filter((body) => body.kind === kind),
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return sink;
}
