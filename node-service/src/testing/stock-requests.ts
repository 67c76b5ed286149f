/** Any request to the allocator, as fast-check makes them: few variants, few holds and few keys, so that they meet. */
import fc from 'fast-check';
import type { Action } from '../inventory/index.ts';
import type { ClaimRequest } from '../platform/idempotency.ts';
import { type ModelRequest, textOf } from './stock-model.ts';

/** What a request is made of at the moment at which it is sent. */
export type Moment = {
  /** Begins every id and key of this run. */
  readonly run: string;
  readonly nowMs: number;
  /**
   * Ids of the holds that may be named: those that were there, and those that the same allocator is to make before.
   * Of any other nobody could know.
   */
  readonly holds: readonly string[];
  /** The id of a hold that is to be made. */
  readonly newHold: () => string;
};

export type Draft = (moment: Moment) => ModelRequest;

/** Variants before this one have stock to begin with; this one nobody has had before. */
export const NEWCOMER = 3;

export const variant = (run: string, index: number) => ({
  variantKey: `v1:${run}-${index}`,
  sku: `${run}-${index}`,
});
export const holdId = (run: string, index: number): string => `${run}-hold-${index}`;

type AnyClaim = { key: number; requestHash: string; leaseMs: number; answered: boolean };

/** Few keys; seldom another request under one of them, and seldom work that goes on after the allocation. */
const anyClaim: fc.Arbitrary<AnyClaim | null> = fc.option(
  fc.record({
    key: fc.nat(3),
    requestHash: fc.constantFrom('the same', 'the same', 'the same', 'another'),
    leaseMs: fc.constantFrom(30, 60_000),
    answered: fc.constantFrom(true, true, false),
  }),
  { freq: 2 },
);

/** The request under a key of its operation, with the answer that its repetition is to have. */
function claimed(
  request: ModelRequest,
  operation: string,
  claim: AnyClaim | null,
  { run, nowMs }: Moment,
): ModelRequest {
  if (claim === null) return request;
  const { key, requestHash, leaseMs, answered } = claim;
  const claimRequest: ClaimRequest = {
    operation,
    principal: run,
    key: `${run}-key-${key}`,
    requestHash,
    recoveryPoint: operation,
    leaseUntil: new Date(nowMs + leaseMs),
  };
  if (!answered) return { ...request, claim: claimRequest };
  return {
    ...request,
    claim: claimRequest,
    answer: (hold) => ({ status: 200, body: `${hold.holdId} ${hold.state}` }),
  };
}

const anyLines = fc.array(
  fc.record({
    index: fc.constantFrom(0, 0, 0, 1, 1, 1, 2, 2, 2, NEWCOMER),
    quantity: fc.integer({ min: 1, max: 3 }),
  }),
  { minLength: 1, maxLength: 2 },
);
const linesOf = (run: string, lines: readonly { index: number; quantity: number }[]) =>
  lines.map(({ index, quantity }) => ({ ...variant(run, index), quantity }));
/** One of the holds that were asked for, or seldom one that is not there. */
const anyHold = fc.nat(59).map((index) => ({ run, holds }: Moment): string => {
  return holds[index % (holds.length + 1)] ?? `${run}-hold-of-nobody`;
});

const anyCreate: fc.Arbitrary<Draft> = fc
  .record({
    lines: anyLines,
    expiry: fc.constantFrom('clock' as const, 'clock' as const, 'stripe' as const),
    ttlMs: fc.integer({ min: 1, max: 500 }),
    claim: anyClaim,
    withJob: fc.boolean(),
  })
  .map(({ lines, expiry, ttlMs, claim, withJob }) => (moment) => {
    const { run, nowMs, newHold } = moment;
    const id = newHold();
    const action: Action = {
      kind: 'create',
      holdId: id,
      orderId: null,
      lines: linesOf(run, lines),
      expiry,
      expiresAt: new Date(nowMs + ttlMs),
    };
    const job = {
      task: 'expire_checkout' as const,
      payload: { requestId: `req_${id}` },
      runAt: new Date(nowMs + 86_400_000),
      key: id,
    };
    const request = withJob ? { action, jobs: [job] } : { action };
    return claimed(request, 'create', claim, moment);
  });

const anyTake: fc.Arbitrary<Draft> = anyLines.map((lines) => ({ run, newHold }) => ({
  action: {
    kind: 'take',
    holdId: newHold(),
    orderId: `${run}-order`,
    lines: linesOf(run, lines),
    paymentFact: 'payment_succeeded:pi_1',
  },
}));

const onHold = (make: (id: string) => Action): fc.Arbitrary<Draft> =>
  fc.tuple(anyHold, anyClaim).map(([hold, claim]) => (moment) => {
    const action = make(hold(moment));
    return claimed({ action }, action.kind, claim, moment);
  });

const anyExtend: fc.Arbitrary<Draft> = fc
  .tuple(anyHold, fc.integer({ min: -100, max: 800 }), anyClaim)
  .map(([hold, ttlMs, claim]) => (moment) => {
    const expiresAt = new Date(moment.nowMs + ttlMs);
    const action: Action = { kind: 'extend', holdId: hold(moment), expiresAt };
    return claimed({ action }, 'extend', claim, moment);
  });

/** Of two holds that one payment is to pay for the second cannot be written; it alone fails. */
const anyCommit: fc.Arbitrary<Draft> = fc
  .tuple(anyHold, fc.option(fc.nat(2)), anyClaim)
  .map(([hold, payment, claim]) => (moment) => {
    const { run, nowMs } = moment;
    const id = hold(moment);
    const reference = `pi_${run}_${payment ?? 'of its order'}`;
    const spent = { payment_reference: reference, hold_id: id, committed_at: new Date(nowMs) };
    const request: ModelRequest = {
      action: { kind: 'commit', holdId: id, paymentFact: `payment_succeeded:${reference}` },
      ...(payment === null
        ? {}
        : { rows: [{ table: 'hold_payment', rows: [spent], onConflict: 'fail' }] }),
    };
    return claimed(request, 'commit', claim, moment);
  });

const anySweep: fc.Arbitrary<Draft> = fc
  .array(anyHold, { minLength: 1, maxLength: 6 })
  .map((holds) => (moment) => ({
    action: { kind: 'sweep', holdIds: [...new Set(holds.map((hold) => hold(moment)))] },
  }));

type AnyChange = { readonly index: number; readonly how: 'by' | 'to'; readonly units: number };

let audited = 0;
/** An operator's change with its audit: a row for each variant, and the levels as its answer. */
function stockRequest(
  kind: 'restock' | 'correction' | 'import',
  changes: readonly AnyChange[],
  { run, nowMs }: Moment,
): ModelRequest {
  return {
    action: {
      kind: 'stock',
      changes: changes.map(({ index, how, units }) => ({ ...variant(run, index), how, units })),
    },
    onStocked: (levels) => ({
      rows: [
        {
          table: 'stock_change',
          rows: levels
            .filter(({ before, after }) => before !== after)
            .map(({ variantKey, before, after, held }) => ({
              change_id: `${run}-change-${audited++}`,
              variant_key: variantKey,
              kind,
              on_hand_before: before,
              on_hand_after: after,
              held,
              reason: 'counted',
              changed_by: 'operator',
              import_id: kind === 'import' ? run : null,
              row_number: kind === 'import' ? 1 : null,
              request_id: run,
              changed_at: new Date(nowMs),
            })),
          onConflict: 'fail',
        },
      ],
      answer: { status: 200, body: textOf({ kind: 'stocked', levels }) },
    }),
  };
}

const changesOf = (how: 'by' | 'to', min: number, max: number, maxLength: number) =>
  fc.uniqueArray(
    fc.record({
      index: fc.nat(NEWCOMER - 1),
      how: fc.constant(how),
      units: fc.integer({ min, max }),
    }),
    { minLength: 1, maxLength, selector: ({ index }) => index },
  );

/** A restock adds, a correction adds or takes away or sets, an import sets many. */
const anyStockChange: fc.Arbitrary<Draft> = fc
  .oneof(
    fc.record({ kind: fc.constant('restock' as const), changes: changesOf('by', 1, 12, 1) }),
    fc.record({ kind: fc.constant('correction' as const), changes: changesOf('by', -6, 6, 2) }),
    fc.record({ kind: fc.constant('import' as const), changes: changesOf('to', 0, 12, 3) }),
  )
  .chain((change) =>
    anyClaim.map((claim) => ({ ...change, claim: claim && { ...claim, key: claim.key % 2 } })),
  )
  .map(({ kind, changes, claim }) => (moment) => {
    const request = stockRequest(kind, changes, moment);
    // Its answer comes with its audit, always.
    const { answer: _, ...whole } = claimed(request, kind, claim, moment);
    return whole;
  });

const anyDraft: fc.Arbitrary<Draft> = fc.oneof(
  { weight: 5, arbitrary: anyCreate },
  { weight: 1, arbitrary: anyTake },
  { weight: 2, arbitrary: anyExtend },
  { weight: 3, arbitrary: anyCommit },
  { weight: 1, arbitrary: onHold((id) => ({ kind: 'release', holdId: id })) },
  { weight: 1, arbitrary: onHold((id) => ({ kind: 'release', holdId: id, unproven: true })) },
  { weight: 1, arbitrary: onHold((id) => ({ kind: 'expire', holdId: id })) },
  { weight: 2, arbitrary: onHold((id) => ({ kind: 'give_back', holdId: id })) },
  { weight: 1, arbitrary: anySweep },
  { weight: 2, arbitrary: anyStockChange },
);

/**
 * A variant's first units come alone: who asks for it and for another while its row is being written may be told that
 * it is unknown, and see the other's figure as it is after.
 */
const anyArrival: fc.Arbitrary<Draft> = fc
  .integer({ min: 0, max: 5 })
  .map(
    (units) => (moment) => stockRequest('restock', [{ index: NEWCOMER, how: 'by', units }], moment),
  );

/** What goes wrong while a group is served. The variant is the one that another session keeps locked. */
export type Fault = {
  readonly kind: 'a wait' | 'lock timeout' | 'statement timeout' | 'lost connection';
  readonly variant: number;
};
const FAULTS = ['a wait', 'lock timeout', 'statement timeout', 'lost connection'] as const;
const anyFault: fc.Arbitrary<Fault> = fc.record({
  kind: fc.constantFrom(...FAULTS),
  variant: fc.nat(NEWCOMER - 1),
});

export type Submission = { readonly allocator: number; readonly draft: Draft };
/** Some requests at one moment; then time goes on. */
export type Group = {
  readonly submissions: readonly Submission[];
  readonly fault: Fault | null;
  readonly thenMs: number;
};

const submissionsOf = (draft: fc.Arbitrary<Draft>, maxLength: number) =>
  fc.array(fc.record({ allocator: fc.nat(1), draft }), { minLength: 1, maxLength });

const anyGroup: fc.Arbitrary<Group> = fc.record({
  submissions: fc.oneof(
    { weight: 9, arbitrary: submissionsOf(anyDraft, 8) },
    { weight: 1, arbitrary: submissionsOf(anyArrival, 3) },
  ),
  fault: fc.oneof({ weight: 7, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: anyFault }),
  thenMs: fc.constantFrom(0, 0, 1, 60, 200, 600),
});

/** What the first variants have to begin with, and what is then asked for. Not in favour of the small and the short. */
export const anyStory = fc.noBias(
  fc.tuple(
    fc.array(fc.constantFrom(0, 2, 5, 9, 14), { minLength: NEWCOMER, maxLength: NEWCOMER }),
    fc.array(anyGroup, { minLength: 1, maxLength: 12, size: 'max' }),
  ),
);
