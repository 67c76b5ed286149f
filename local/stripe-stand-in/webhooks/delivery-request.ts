import { type Agent, request } from 'node:http';
import type { RegisteredEndpoint } from './endpoints.ts';
import { signatureHeader } from './signature.ts';

/** How an attempt ended: the receiver's status, or why there was none. */
export type AttemptResult =
  | { readonly status: number; readonly error: null }
  | { readonly status: null; readonly error: string };

/**
 * Posts `body` to the endpoint once, signed at this moment. Never rejects. `*.localhost` is
 * connected to at 127.0.0.1, since Node's resolver does not know it, with the name in `Host`.
 */
export function postEvent(
  endpoint: RegisteredEndpoint,
  body: string,
  options: { agent: Agent; timeoutMs: number; signal: AbortSignal },
): Promise<AttemptResult> {
  const url = new URL(endpoint.url);
  const local = url.hostname === 'localhost' || url.hostname.endsWith('.localhost');
  // The receiver compares the timestamp with its own clock, so it is the real time, always.
  const timestampSeconds = Math.floor(Date.now() / 1_000);
  return new Promise((resolve) => {
    const outgoing = request({
      agent: options.agent,
      host: local ? '127.0.0.1' : url.hostname,
      port: url.port === '' ? 80 : Number(url.port),
      path: `${url.pathname}${url.search}`,
      method: 'POST',
      signal: options.signal,
      timeout: options.timeoutMs,
      headers: {
        Host: endpoint.hostHeader ?? url.host,
        Accept: '*/*; q=0.5, application/xml',
        'Cache-Control': 'no-cache',
        'Content-Length': Buffer.byteLength(body),
        'Content-Type': 'application/json; charset=utf-8',
        'Stripe-Signature': signatureHeader(body, endpoint.secret, timestampSeconds),
        'User-Agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
      },
    });
    outgoing.on('timeout', () =>
      outgoing.destroy(new Error(`no answer in ${options.timeoutMs} ms`)),
    );
    outgoing.on('error', (error) => resolve({ status: null, error: error.message }));
    outgoing.on('response', (response) => {
      response.on('error', (error) => resolve({ status: null, error: error.message }));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, error: null }));
      response.resume();
    });
    outgoing.end(body);
  });
}
