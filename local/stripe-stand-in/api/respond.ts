import type { ServerResponse } from 'node:http';
import Stripe from 'stripe';

export interface Answer {
  readonly status: number;
  /** JSON text. */
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** JSON as Stripe writes it, in two-space indentation. */
export function jsonBody(value: object): string {
  return JSON.stringify(value, null, 2);
}

/** Sends an answer of the API; `partial` breaks off in the middle of the body. */
export function sendAnswer(
  response: ServerResponse,
  requestId: string,
  answer: Answer,
  partial = false,
): void {
  const body = Buffer.from(answer.body);
  response.writeHead(answer.status, {
    'Cache-Control': 'no-cache, no-store',
    'Content-Length': body.length,
    'Content-Type': 'application/json',
    'Request-Id': requestId,
    'Stripe-Version': Stripe.API_VERSION,
    ...answer.headers,
  });
  if (!partial) {
    response.end(body);
    return;
  }
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
}
