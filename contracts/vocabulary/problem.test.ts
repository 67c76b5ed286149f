import { expect, test } from 'vitest';
import {
  INVENTORY_REASONS,
  isProblemCode,
  PROBLEM_CODES,
  PROBLEM_STATUS,
  PROBLEMS,
  problem,
  problemResponse,
  problemType,
  retryAfterSeconds,
} from './problem.ts';

const base = { detail: 'What happened.', requestId: 'request-1' };
const items = [{ variantKey: 'v1:tee', sku: 'tee', requested: 3, available: 1 }];

test.each(PROBLEM_CODES)('%s has an error status, a title and a type of its own', (code) => {
  expect(PROBLEM_STATUS[code]).toBe(PROBLEMS[code].status);
  expect(PROBLEMS[code].status).toBeGreaterThanOrEqual(400);
  expect(PROBLEMS[code].title).toMatch(/^[A-Z][A-Za-z ]+$/);
  expect(problemType(code)).toMatch(/^urn:problem-type:commerce:[a-z-]+$/);
});

test('a problem has the members that the contract names, in reading order', () => {
  const body = problem('order_not_found', { ...base, shopId: 'aurora' });
  expect(JSON.stringify(body)).toBe(
    JSON.stringify({
      type: 'urn:problem-type:commerce:order-not-found',
      title: 'Order not found',
      status: 404,
      code: 'order_not_found',
      detail: 'What happened.',
      requestId: 'request-1',
      shopId: 'aurora',
    }),
  );
});

test.each(INVENTORY_REASONS)('%s is an inventory conflict', (reason) => {
  const body = problem(reason as 'inventory_busy', {
    ...base,
    shopId: 'aurora',
    items,
    retryAfterMs: 1200,
  });
  expect(body).toMatchObject({ status: 409, code: reason, reason, items, shopId: 'aurora' });
  expect(body.type).toBe('urn:problem-type:commerce:inventory-conflict');
});

test('a busy shop says when to come back, in the body and in whole seconds in the header', () => {
  const body = problem('inventory_busy', { ...base, shopId: 'aurora', items, retryAfterMs: 1200 });
  const response = problemResponse(body);
  expect(response.headers.get('retry-after')).toBe('2');
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(response.headers.get('x-request-id')).toBe('request-1');
  expect(response.status).toBe(409);
});

test('a 405 takes its Allow header', () => {
  const response = problemResponse(problem('method_not_allowed', base), { allow: 'GET, POST' });
  expect(response.headers.get('allow')).toBe('GET, POST');
  expect(response.headers.has('retry-after')).toBe(false);
});

test('Retry-After never says zero', () => {
  expect([1, 999, 1000, 1001].map(retryAfterSeconds)).toEqual([1, 1, 1, 2]);
});

test.each(['toString', '__proto__', 'Not_Found', '', 404, null])(
  '%j is no problem code',
  (value) => {
    expect(isProblemCode(value)).toBe(false);
  },
);
