import { type Operation, operations } from '@commerce/generated/public-v1/operations.ts';
import type { NodeOperationId } from './node-calls.ts';

/** For what the node service answers out of its own database. */
export const DATABASE_TIMEOUT_MS = 15_000;

/** For what may wait for the payment provider, its retries included. */
const PAYMENT_TIMEOUT_MS = 45_000;

const PAYMENT_FAMILIES: readonly unknown[] = ['checkout', 'returns', 'rentals', 'subscriptions'];

/** How long a call may take before the client is told that the shop cannot be reached. */
export function timeoutMsOf(operationId: NodeOperationId): number {
  const { method, extensions }: Operation = operations[operationId];
  const maySpend = method !== 'GET' && PAYMENT_FAMILIES.includes(extensions.family);
  return maySpend ? PAYMENT_TIMEOUT_MS : DATABASE_TIMEOUT_MS;
}
