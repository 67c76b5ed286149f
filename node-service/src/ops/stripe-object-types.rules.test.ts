import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { objectTypeOf, STRIPE_ID_PREFIXES } from './stripe-object-types.rules.ts';

test('the contract takes the ids of these kinds, and of no other', () => {
  const url = new URL(import.meta.resolve('@commerce/generated/ops-v1/openapi.json'));
  const { components } = JSON.parse(readFileSync(url, 'utf8'));
  const { pattern } = components.schemas.StripeObjectId;
  expect(/^\^\(([a-z|]+)\)_/.exec(pattern)?.[1]?.split('|').sort()).toEqual(
    [...STRIPE_ID_PREFIXES].sort(),
  );
});

test.each([
  ['sub_1QaBc', 'subscription'],
  ['cs_test_a1B2', 'checkout.session'],
  ['py_1', 'charge'],
  ['inpay_1', 'invoice_payment'],
  ['acct_1', null],
  ['constructor_1', null],
])('%s is a %s', (stripeId, objectType) => {
  expect(objectTypeOf(stripeId)).toBe(objectType);
});
