import { expect, test } from 'vitest';
import { CONTRACT_VERSION, isServed } from './contract-version.ts';

test.each(['1.0.0', '1.4.2', '1.99.0', CONTRACT_VERSION])('%s is served by 1.4.0', (version) => {
  expect(isServed(version, '1.4.0')).toBe(true);
});

test.each([
  '2.0.0',
  '0.9.0',
  '10.0.0',
  '01.0.0',
  '1',
  '1.0',
  'v1.0.0',
  '1.0.0-beta',
  '',
  ' 1.0.0',
  '1.0.0, 1.0.0',
  null,
  undefined,
])('%j is not served by 1.4.0', (version) => {
  expect(isServed(version, '1.4.0')).toBe(false);
});
