import { PROBLEM_STATUS, type ProblemCode } from '@commerce/contracts/vocabulary/problem.ts';
import { describe, expect, it } from 'vitest';
import { startOutcome } from './checkout-outcome.ts';

const session = {} as never;
const response = (status: number) => new Response(null, { status });

const outcomeOf = (code: ProblemCode) =>
  startOutcome({
    response: response(PROBLEM_STATUS[code]),
    error: { code, status: PROBLEM_STATUS[code] },
  });

describe('the answer to a checkout start', () => {
  it.each([
    'inventory_busy',
    'idempotency_in_progress',
    'rate_limited',
    'payment_provider_unavailable',
    'payment_outcome_unknown',
  ] as const)('is unsettled with %s: the key is kept', (code) => {
    expect(outcomeOf(code)).toMatchObject({ kind: 'unsettled', problem: { code } });
  });

  it.each([
    'inventory_insufficient',
    'cart_already_paid',
    'hold_expired',
    'not_implemented',
  ] as const)('is decided with %s: the next start has a key of its own', (code) => {
    expect(outcomeOf(code)).toMatchObject({ kind: 'refused', problem: { code } });
  });

  it('is unsettled where no answer came, or broke off', () => {
    const error = new TypeError('failed to fetch');
    expect(startOutcome({ error }).kind).toBe('unsettled');
    expect(startOutcome({ response: response(201), error }).kind).toBe('unsettled');
  });

  it('is started by a 201 alone', () => {
    expect(startOutcome({ response: response(201), data: session }).kind).toBe('started');
    expect(startOutcome({ response: response(200), data: session }).kind).toBe('refused');
  });
});
