import {
  PROBLEM_CODES,
  PROBLEM_STATUS,
  type ProblemCode,
} from '@commerce/contracts/vocabulary/problem.ts';
import { describe, expect, it } from 'vitest';
import { startOutcome } from './checkout-outcome.ts';

const answer = (code: ProblemCode, extra = {}) => ({
  status: PROBLEM_STATUS[code],
  data: undefined,
  problem: { code, status: PROBLEM_STATUS[code], ...extra },
});

describe('the answer to a checkout start', () => {
  it('is unsettled exactly where the same call may yet be answered otherwise', () => {
    const unsettled = PROBLEM_CODES.filter(
      (code) => startOutcome(answer(code)).kind === 'unsettled',
    );
    expect(unsettled).toEqual([
      'inventory_busy',
      'idempotency_in_progress',
      'rate_limited',
      'internal_error',
      'not_implemented',
      'payment_provider_unavailable',
      'service_unavailable',
      'payment_outcome_unknown',
    ]);
  });

  it('is unsettled where no answer came', () => {
    const lost = { status: undefined, data: undefined, problem: new TypeError('failed to fetch') };
    expect(startOutcome(lost)).toMatchObject({ kind: 'unsettled', atLeastMs: 0 });
  });

  it('carries the delay that the server asks for', () => {
    expect(startOutcome(answer('inventory_busy', { retryAfterMs: 740 }))).toMatchObject({
      kind: 'unsettled',
      atLeastMs: 740,
    });
  });

  it('is started by a 201 alone', () => {
    const session = {} as never;
    expect(startOutcome({ status: 201, data: session, problem: undefined }).kind).toBe('started');
    expect(startOutcome({ status: 200, data: session, problem: undefined }).kind).toBe('refused');
  });
});
