import { PROBLEMS } from './problem-codes.ts';

export { PROBLEMS };

/** Stable, documented, snake_case; what a program branches on. */
export type ProblemCode = keyof typeof PROBLEMS;

export const PROBLEM_CODES = Object.keys(PROBLEMS) as readonly ProblemCode[];

/** The one record that maps a code to its HTTP status. */
export const PROBLEM_STATUS = Object.fromEntries(
  PROBLEM_CODES.map((code) => [code, PROBLEMS[code].status]),
) as Readonly<Record<ProblemCode, number>>;

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/** Why stock could not be had: one problem type, told apart by `reason`, which equals `code`. */
export const INVENTORY_REASONS = [
  'inventory_insufficient',
  'inventory_busy',
  'inventory_unknown_variant',
  'hold_expired',
] as const satisfies readonly ProblemCode[];
export type InventoryReason = (typeof INVENTORY_REASONS)[number];

export type InventoryConflictItem = {
  variantKey: string;
  sku: string;
  requested: number;
  /** Always there with `inventory_insufficient`, absent where nobody looked. */
  available?: number;
};

/** `path` is a JSON pointer into `/body`, `/query`, `/path` or `/headers`. */
export type ProblemPlace = { path: string; message: string };

/** RFC 9457, as it goes over the wire. */
export type ProblemBody = {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ProblemCode;
  requestId: string;
  shopId?: string;
  errors?: ProblemPlace[];
  reason?: InventoryReason;
  items?: InventoryConflictItem[];
  retryAfterMs?: number;
};

/** What the maker of a problem adds to its code. `detail` is for the client: no cause, SQL or secret. */
export type ProblemMembers<C extends ProblemCode = ProblemCode> = {
  detail: string;
  requestId: string;
  shopId?: string;
  errors?: ProblemPlace[];
} & (C extends InventoryReason ? { shopId: string; items: InventoryConflictItem[] } : unknown) &
  (C extends 'inventory_busy' ? { retryAfterMs: number } : unknown);

export function isProblemCode(value: unknown): value is ProblemCode {
  return typeof value === 'string' && Object.hasOwn(PROBLEMS, value);
}

export function isInventoryReason(code: ProblemCode): code is InventoryReason {
  return (INVENTORY_REASONS as readonly ProblemCode[]).includes(code);
}

/** `urn:problem-type:commerce:<code with dashes>`; the inventory reasons share one. */
export function problemType(code: ProblemCode): string {
  const name = isInventoryReason(code) ? 'inventory-conflict' : code.replaceAll('_', '-');
  return `urn:problem-type:commerce:${name}`;
}

/** The body of a problem. An inventory reason also takes its items, and `inventory_busy` its delay. */
export function problem<C extends ProblemCode>(code: C, members: ProblemMembers<C>): ProblemBody {
  const { status, title } = PROBLEMS[code];
  const reason = isInventoryReason(code) ? { reason: code } : {};
  return { type: problemType(code), title, status, code, ...reason, ...members };
}

/** The value of `Retry-After`: whole seconds, rounded up, at least one. */
export function retryAfterSeconds(retryAfterMs: number): number {
  return Math.max(1, Math.ceil(retryAfterMs / 1000));
}

/**
 * A problem as a fetch `Response`, never cached, with `X-Request-Id`, and with `Retry-After` where the
 * body has a delay. `headers` are added last: `Allow` for a 405, `Retry-After` for a 429 or 503.
 */
export function problemResponse(
  body: ProblemBody,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const delay =
    body.retryAfterMs === undefined
      ? {}
      : { 'retry-after': String(retryAfterSeconds(body.retryAfterMs)) };
  return new Response(JSON.stringify(body), {
    status: body.status,
    headers: {
      'content-type': PROBLEM_CONTENT_TYPE,
      'cache-control': 'no-store',
      'x-request-id': body.requestId,
      ...delay,
      ...headers,
    },
  });
}
