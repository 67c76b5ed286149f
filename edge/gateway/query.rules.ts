import { ORDER_ID_PATTERN } from '@commerce/contracts/vocabulary/ids.ts';
import type { ProblemPlace } from '@commerce/contracts/vocabulary/problem.ts';
import { isVariantKeyV1 } from '@commerce/contracts/vocabulary/variant-key.ts';
import type { OperationId } from '@commerce/generated/public-v1/operations.ts';

const MAX_VARIANT_KEYS = 100;

/** Which query parameters of a public call break the contract. Parameters that it does not know are ignored. */
export function queryErrors(operationId: OperationId, query: URLSearchParams): ProblemPlace[] {
  if (operationId === 'getOrderStatus') return orderIdErrors(query);
  if (operationId === 'getAvailability') return variantKeyErrors(query.getAll('variantKey'));
  return [];
}

function orderIdErrors(query: URLSearchParams): ProblemPlace[] {
  const orderIds = query.getAll('orderId');
  if (orderIds.length === 1 && ORDER_ID_PATTERN.test(orderIds[0] ?? '')) return [];
  return [{ path: '/query/orderId', message: `must be one match of ${ORDER_ID_PATTERN.source}` }];
}

function variantKeyErrors(variantKeys: readonly string[]): ProblemPlace[] {
  if (variantKeys.length < 1 || variantKeys.length > MAX_VARIANT_KEYS) {
    const message = `must be given 1 to ${MAX_VARIANT_KEYS} times, not ${variantKeys.length}`;
    return [{ path: '/query/variantKey', message }];
  }
  return variantKeys.flatMap((key, index) =>
    isVariantKeyV1(key)
      ? []
      : [{ path: `/query/variantKey/${index}`, message: 'is not a variant key' }],
  );
}
