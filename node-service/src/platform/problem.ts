import {
  isInventoryReason,
  type ProblemBody,
  type ProblemCode,
  type ProblemMembers,
  problem,
  retryAfterSeconds,
} from '@commerce/contracts/vocabulary/problem.ts';

type Public<C extends ProblemCode> = Omit<ProblemMembers<C>, 'requestId' | 'shopId'>;

/**
 * What the shell throws to answer with a problem. `members` goes to the client; `cause` only to the log.
 * `retryAfterMs` becomes Retry-After where the body has no delay of its own.
 */
export class Problem<C extends ProblemCode = ProblemCode> extends Error {
  override readonly name = 'Problem';
  readonly code: C;
  readonly members: Public<C>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: C,
    members: Public<C>,
    options: {
      cause?: unknown;
      retryAfterMs?: number;
      headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(members.detail, { cause: options.cause });
    this.code = code;
    this.members = members;
    const delay = options.retryAfterMs ?? (members as { retryAfterMs?: number }).retryAfterMs;
    this.headers = {
      ...options.headers,
      ...(delay === undefined ? {} : { 'retry-after': String(retryAfterSeconds(delay)) }),
    };
  }

  /** The body as it goes over the wire. */
  body(requestId: string, shopId: string | undefined): ProblemBody {
    if (isInventoryReason(this.code) && shopId === undefined)
      throw new Error(`${this.code} without a shop`);
    // The constructor's types hold what each code must carry; the shop and the request are known only here.
    const members = { ...this.members, requestId, ...(shopId === undefined ? {} : { shopId }) };
    return problem(this.code, members as unknown as ProblemMembers<C>);
  }
}
