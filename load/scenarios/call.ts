/** One step of a buyer: a call that is repeated exactly as the contract's retry policy says, and counted. */
import http, { type Response } from 'k6/http';
import { Counter } from 'k6/metrics';
import { attemptHeader, type CallAnswer, withRetries } from '../../contracts/vocabulary/retry.ts';

export type Step =
  | 'product page'
  | 'preview'
  | 'validate'
  | 'cart'
  | 'checkout session'
  | 'checkout, repeated'
  | 'cancel'
  | 'pay at the stand-in'
  | 'order status';

export type Call = {
  readonly step: Step;
  readonly shopId: string;
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Twice is once: it only reads, or has an Idempotency-Key. */
  readonly safeToRepeat: boolean;
  /** Whether the operation takes the header that says which try it is. */
  readonly saysAttempt?: boolean;
};

export type Answer = {
  /** 0 where there was none. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** `{}` where it is no JSON object. */
  readonly body: Readonly<Record<string, unknown>>;
};

type Tried = CallAnswer & { readonly answer: Answer };

/** Longer than the gateway waits for the payment provider. */
const TIMEOUT = '60s';

const retries = new Counter('retries');
const waitedMs = new Counter('waited_ms');

function parse({ body, headers }: Response): Readonly<Record<string, unknown>> {
  if (!/\bjson\b/.test(headers['Content-Type'] ?? '')) return {};
  try {
    const parsed: unknown = JSON.parse(body ?? '');
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}

function once(call: Call, attempt: number): Tried {
  const attempts = call.saysAttempt === true ? attemptHeader(attempt) : {};
  const headers: Record<string, string> = { ...call.headers };
  for (const [name, value] of Object.entries(attempts)) headers[name] = String(value);
  if (call.body !== undefined) headers['Content-Type'] = 'application/json';
  const response = http.request(
    call.method,
    call.url,
    call.body === undefined ? null : JSON.stringify(call.body),
    { headers, tags: { name: call.step, shop: call.shopId }, redirects: 0, timeout: TIMEOUT },
  );
  const { status } = response;
  const body = parse(response);
  const answer = { status, headers: response.headers, body };
  if (status === 0) return { answer, error: response.error };
  const retryAfter = response.headers['Retry-After'] ?? null;
  const get = (name: string): string | null =>
    name.toLowerCase() === 'retry-after' ? retryAfter : null;
  return {
    answer,
    response: { status, headers: { get } },
    ...(status >= 400 ? { error: body } : {}),
  };
}

function whyOf({ answer }: Tried): string {
  const { code } = answer.body;
  if (answer.status === 0) return 'no answer';
  return typeof code === 'string' ? code : String(answer.status);
}

/** The last answer, after as many tries as the policy allows. */
export async function make(call: Call): Promise<Answer> {
  const { answer } = await withRetries(async (attempt) => once(call, attempt), {
    safeToRepeat: call.safeToRepeat,
    onWait: (delayMs, tried) => {
      retries.add(1, { name: call.step, shop: call.shopId, why: whyOf(tried as Tried) });
      waitedMs.add(delayMs, { name: call.step, shop: call.shopId });
    },
  });
  return answer;
}
