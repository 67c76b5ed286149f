import contract from '@commerce/generated/ops-v1/openapi.json' with { type: 'json' };
import { expect, test } from 'vitest';
import { DEAD_LETTER_REASONS } from '../webhooks/index.ts';

test('the operators’ contract names each reason for a dead letter, and no other', () => {
  expect(contract.components.schemas.DeadLetterReason.enum).toEqual([...DEAD_LETTER_REASONS]);
});
