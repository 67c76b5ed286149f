import document from '@commerce/generated/public-v1/openapi.json' with { type: 'json' };
import { operations } from '@commerce/generated/public-v1/operations.ts';
import { expect, test } from 'vitest';
import {
  CHECKOUT_SESSION_ID_PATTERN,
  MAX_CHECKOUT_SESSION_ID_LENGTH,
  pathErrors,
} from './path.rules.ts';

test('the form of a checkout session is the one that the contract has', () => {
  const { pattern, maxLength } = document.components.schemas.CheckoutSessionId;
  expect(CHECKOUT_SESSION_ID_PATTERN.source).toBe(pattern);
  expect(MAX_CHECKOUT_SESSION_ID_LENGTH).toBe(maxLength);
});

test('no parameter of a public path goes unchecked', () => {
  const names = Object.values(operations).flatMap(({ path }) =>
    [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name ?? ''),
  );
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) expect(pathErrors({ [name]: '../x' })).toHaveLength(1);
});
