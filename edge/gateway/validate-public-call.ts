import { isIdempotencyKey } from '@commerce/contracts/vocabulary/ids.ts';
import type { ProblemPlace } from '@commerce/contracts/vocabulary/problem.ts';
import { ATTEMPT_HEADER, readAttempt } from '@commerce/contracts/vocabulary/retry.ts';
import { type Operation, operations } from '@commerce/generated/public-v1/operations.ts';
import { requestBodies } from '@commerce/generated/public-v1/request-bodies.js';
import { parseJsonBody } from '../http/json-body.ts';
import type { NodeOperationId } from './node-calls.ts';
import { pathErrors } from './path.rules.ts';
import { queryErrors } from './query.rules.ts';

export interface ReceivedCall {
  readonly headers: Headers;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly bytes: Uint8Array;
}

export type ValidatedCall =
  | { readonly ok: true; readonly body: unknown }
  | {
      readonly ok: false;
      readonly code: 'malformed_request' | 'idempotency_key_required' | 'unsupported_media_type';
      readonly detail: string;
      readonly errors?: ProblemPlace[];
    };

/** Holds a public call against its contract before the node service sees it. Pure. */
export function validatePublicCall(
  operationId: NodeOperationId,
  { headers, params, query, bytes }: ReceivedCall,
): ValidatedCall {
  const operation: Operation = operations[operationId];
  const refusal = operation.idempotent ? refuseKey(headers.get('idempotency-key')) : null;
  if (refusal !== null) return refusal;
  const errors = [
    ...attemptErrors(operation, headers),
    ...pathErrors(params),
    ...queryErrors(operationId, query),
  ];
  if (errors.length > 0) {
    const detail = 'The path, the query or a header does not match the contract.';
    return { ok: false, code: 'malformed_request', detail, errors };
  }
  if (!hasBody(operationId) || operation.body === null) return { ok: true, body: undefined };
  const parsed = parseJsonBody(bytes, headers.get('content-type'), requestBodies[operationId], {
    optional: !operation.body.required,
  });
  return parsed.ok ? { ok: true, body: parsed.value } : parsed;
}

function refuseKey(key: string | null): ValidatedCall | null {
  if (key === null) {
    const detail = 'This operation needs an Idempotency-Key header.';
    return { ok: false, code: 'idempotency_key_required', detail };
  }
  if (isIdempotencyKey(key)) return null;
  return {
    ok: false,
    code: 'malformed_request',
    detail: 'The Idempotency-Key does not match the contract.',
    errors: [{ path: '/headers/idempotency-key', message: 'must be 22 to 255 of A-Za-z0-9_-' }],
  };
}

function attemptErrors({ optionalHeaders }: Operation, headers: Headers): ProblemPlace[] {
  if (!optionalHeaders.includes(ATTEMPT_HEADER)) return [];
  if (readAttempt(headers.get(ATTEMPT_HEADER)) !== null) return [];
  return [{ path: `/headers/${ATTEMPT_HEADER}`, message: 'must be a whole number from 1 to 100' }];
}

function hasBody(
  operationId: NodeOperationId,
): operationId is NodeOperationId & keyof typeof requestBodies {
  return Object.hasOwn(requestBodies, operationId);
}
