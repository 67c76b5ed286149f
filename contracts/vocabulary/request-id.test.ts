import { expect, test } from 'vitest';
import { acceptRequestId } from './request-id.ts';
import vectors from './vectors/request-id.json' with { type: 'json' };

const make = () => 'made-here';
const ofLength = (length: number) => 'x'.repeat(length);

test.each([...vectors.kept, ...vectors.keptOfLength.map(ofLength)])('keeps %j', (value) => {
  expect(acceptRequestId(value, make)).toBe(value);
});

test.each([...vectors.replaced, ...vectors.replacedOfLength.map(ofLength), undefined])(
  'replaces %j',
  (value) => {
    expect(acceptRequestId(value, make)).toBe('made-here');
  },
);
