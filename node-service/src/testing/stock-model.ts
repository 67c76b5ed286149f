/**
 * What the allocator promises, as plainly as it can be said: one request after another, nothing stored that can be
 * counted, every hold whose time ran out ended at once. Shares no code with the allocator.
 */
import type { AllocationOutcome, AllocationRequest } from '../inventory/index.ts';
import type { ClaimRequest } from '../platform/idempotency.ts';

export type ModelHold = {
  readonly lines: ReadonlyMap<string, number>;
  readonly expiry: 'clock' | 'stripe';
  state: 'active' | 'committed' | 'released' | 'expired';
  expiresAtMs: number;
  returned: boolean;
};

export type ModelClaim = {
  readonly requestHash: string;
  /** Null where the work goes on after the allocation. */
  readonly answer: string | null;
  leaseUntilMs: number;
};

export type Model = {
  readonly onHand: Map<string, number>;
  readonly holds: Map<string, ModelHold>;
  /** By operation and key. */
  readonly claims: Map<string, ModelClaim>;
  /** The hold that each payment has paid for. */
  readonly payments: Map<string, string>;
  /** Keys of the jobs that came with requests that were done. */
  readonly jobs: Set<string>;
};

/** A request as these tests make them: what comes with a commit is its payment's row. */
export type ModelRequest = Pick<
  AllocationRequest,
  'action' | 'claim' | 'answer' | 'rows' | 'jobs' | 'onStocked'
>;

export function emptyModel(onHand: ReadonlyMap<string, number>): Model {
  return {
    onHand: new Map(onHand),
    holds: new Map(),
    claims: new Map(),
    payments: new Map(),
    jobs: new Set(),
  };
}

export function copyOf({ onHand, holds, claims, payments, jobs }: Model): Model {
  return {
    onHand: new Map(onHand),
    holds: new Map([...holds].map(([id, hold]) => [id, { ...hold }])),
    claims: new Map([...claims].map(([id, claim]) => [id, { ...claim }])),
    payments: new Map(payments),
    jobs: new Set(jobs),
  };
}

export function heldOf({ holds }: Pick<Model, 'holds'>, variantKey: string): number {
  return [...holds.values()]
    .filter(({ state }) => state === 'active')
    .reduce((sum, { lines }) => sum + (lines.get(variantKey) ?? 0), 0);
}

/** Ends every hold of the model whose own time has run out. */
export function letTimeRunOut({ holds }: Model, nowMs: number): void {
  for (const hold of holds.values())
    if (hold.state === 'active' && hold.expiry === 'clock' && hold.expiresAtMs <= nowMs)
      hold.state = 'expired';
}

/** An outcome in a text, so that two can be compared: nothing of it is left out but what differs from run to run. */
export function textOf(outcome: AllocationOutcome): string {
  if (outcome.kind === 'claim')
    return `answered before: ${outcome.result.kind === 'done' ? String(outcome.result.answer.body) : outcome.result.kind}`;
  if (outcome.kind === 'refused') {
    // What is available of a hold that is gone does not count what other holds that ran out still keep.
    if (outcome.reason === 'hold_expired') return 'refused: hold_expired';
    const items = outcome.items.map(
      ({ variantKey, requested, available }) => `${variantKey} ${requested}/${available}`,
    );
    return `refused: ${outcome.reason} ${items.join(', ')}`.trim();
  }
  if (outcome.kind === 'done' || outcome.kind === 'unchanged')
    return `${outcome.kind}: ${outcome.state}`;
  if (outcome.kind === 'stocked' || outcome.kind === 'below_held')
    return `${outcome.kind}: ${outcome.levels.map(({ variantKey, before, after, held }) => `${variantKey} ${before}>${after} (${held})`).join(', ')}`;
  return outcome.kind === 'swept' ? `swept: ${outcome.ended}` : outcome.kind;
}

function linesOf(lines: readonly { variantKey: string; quantity: number }[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { variantKey, quantity } of lines)
    sums.set(variantKey, (sums.get(variantKey) ?? 0) + quantity);
  return new Map([...sums].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What is known of a key that was used before. Whoever finds it left takes it over. */
function replay(
  known: ModelClaim,
  { requestHash, leaseUntil }: ClaimRequest,
  nowMs: number,
): string {
  if (known.requestHash !== requestHash) return 'reused';
  if (known.answer !== null) return known.answer;
  if (known.leaseUntilMs > nowMs) return 'running';
  known.leaseUntilMs = leaseUntil.getTime();
  return 'resumed';
}

/** What a hold's request leaves as its answer, in the words of `heldAnswer` and `stockedAnswer`. */
function answerLeft({ action, answer, onStocked }: ModelRequest, text: string): string | null {
  if (action.kind === 'stock') return onStocked === undefined ? null : text;
  if (answer === undefined || !('holdId' in action)) return null;
  return `${action.holdId} ${text.replace(/^\w+: /, '')}`;
}

function paymentOf({ rows }: ModelRequest): string | undefined {
  return rows?.find(({ table }) => table === 'hold_payment')?.rows[0]?.payment_reference as
    | string
    | undefined;
}

/** The text of a request that failed alone, since a row that came with it could not be written. */
export const ROW_REFUSED = 'failed: row_refused';

/** What the model answers to a request, in the words of `textOf`; the model is changed accordingly. */
export function apply(model: Model, request: ModelRequest, nowMs: number): string {
  letTimeRunOut(model, nowMs);
  const { action, claim } = request;
  const id = claim && `${claim.operation} ${claim.key}`;
  const known = id === undefined ? undefined : model.claims.get(id);
  if (claim && known) return `answered before: ${replay(known, claim, nowMs)}`;
  const payment = paymentOf(request);
  if (payment !== undefined && action.kind === 'commit') {
    const isActive = model.holds.get(action.holdId)?.state === 'active';
    if (isActive && model.payments.has(payment)) return ROW_REFUSED;
    if (isActive) model.payments.set(payment, action.holdId);
  }
  const text = answer(model, action, nowMs);
  if (text.startsWith('done')) for (const { key } of request.jobs ?? []) model.jobs.add(`${key}`);
  if (claim && id !== undefined && /^(done|unchanged|stocked)/.test(text))
    model.claims.set(id, {
      requestHash: claim.requestHash,
      answer: answerLeft(request, text),
      leaseUntilMs: claim.leaseUntil.getTime(),
    });
  return text;
}

function answer(model: Model, action: AllocationRequest['action'], nowMs: number): string {
  const { onHand, holds } = model;
  const free = (key: string): number => (onHand.get(key) ?? 0) - heldOf(model, key);
  if (action.kind === 'sweep')
    return `swept: ${action.holdIds.filter((id) => holds.get(id)?.state !== 'active').length}`;
  if (action.kind === 'stock') {
    const levels = action.changes.map(({ variantKey, how, units }) => {
      const before = onHand.get(variantKey) ?? 0;
      const after = how === 'by' ? before + units : units;
      return { variantKey, before, after, held: heldOf(model, variantKey) };
    });
    const below = levels.filter(({ after, held }) => after < held);
    const told = below.length > 0 ? below : levels;
    if (below.length === 0)
      for (const { variantKey, after } of levels) onHand.set(variantKey, after);
    const texts = told.map(
      ({ variantKey, before, after, held }) => `${variantKey} ${before}>${after} (${held})`,
    );
    return `${below.length > 0 ? 'below_held' : 'stocked'}: ${texts.join(', ')}`;
  }
  const refusedFor = (reason: string, lines: ReadonlyMap<string, number>): string =>
    `refused: ${reason} ${[...lines].map(([key, units]) => `${key} ${units}/${free(key)}`).join(', ')}`;
  if (action.kind === 'create' || action.kind === 'take') {
    const lines = linesOf(action.lines);
    const short = new Map([...lines].filter(([key, units]) => free(key) < units));
    const isUnknown = [...short.keys()].some((key) => !onHand.has(key));
    if (short.size > 0)
      return refusedFor(isUnknown ? 'inventory_unknown_variant' : 'inventory_insufficient', short);
    const isTaken = action.kind === 'take';
    if (isTaken) for (const [key, units] of lines) onHand.set(key, (onHand.get(key) ?? 0) - units);
    const state = isTaken ? 'committed' : 'active';
    holds.set(action.holdId, {
      lines,
      expiry: isTaken ? 'stripe' : action.expiry,
      state,
      expiresAtMs: isTaken ? nowMs : action.expiresAt.getTime(),
      returned: false,
    });
    return `done: ${state}`;
  }
  const hold = holds.get(action.holdId);
  if (hold === undefined) return 'no_such_hold';
  const move = (sign: 1 | -1): void => {
    for (const [key, units] of hold.lines) onHand.set(key, (onHand.get(key) ?? 0) + sign * units);
  };
  const become = (state: ModelHold['state']): string => {
    hold.state = state;
    return `done: ${state}`;
  };
  const isActive = hold.state === 'active';
  switch (action.kind) {
    case 'extend':
      if (hold.expiry === 'stripe') return 'refused: hold_has_session';
      if (!isActive) return 'refused: hold_expired';
      if (action.expiresAt.getTime() <= hold.expiresAtMs) return 'unchanged: active';
      hold.expiresAtMs = action.expiresAt.getTime();
      return 'done: active';
    case 'commit':
      if (hold.state === 'committed') return 'unchanged: committed';
      if (!isActive) return 'refused: hold_expired';
      move(-1);
      return become('committed');
    case 'release':
      if (action.unproven && isActive && hold.expiry === 'stripe')
        return 'refused: hold_has_session';
      if (action.unproven && hold.state === 'committed') return 'refused: hold_expired';
      return isActive ? become('released') : `unchanged: ${hold.state}`;
    case 'expire':
      return isActive ? become('expired') : `unchanged: ${hold.state}`;
    case 'give_back':
      if (hold.state !== 'committed' || hold.returned) return `unchanged: ${hold.state}`;
      move(1);
      hold.returned = true;
      return 'done: committed';
  }
}
