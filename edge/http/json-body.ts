import type { ProblemPlace } from '@commerce/contracts/vocabulary/problem.ts';
import { isJson } from './media-type.ts';

/** A generated validator: null for a valid body, else what is wrong with it and where. */
export type BodyValidator = (body: unknown) => ProblemPlace[] | null;

export type JsonBody =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: 'unsupported_media_type'; readonly detail: string }
  | {
      readonly ok: false;
      readonly code: 'malformed_request';
      readonly detail: string;
      readonly errors?: ProblemPlace[];
    };

/**
 * Parses a body and holds it against the contract's validator. Pure.
 *
 * @param optional whether no bytes at all will do; `value` is undefined then
 */
export function parseJsonBody(
  bytes: Uint8Array,
  contentType: string | null,
  validate: BodyValidator,
  { optional }: { readonly optional: boolean },
): JsonBody {
  const isEmpty = bytes.byteLength === 0;
  if (!isJson(contentType) && !(isEmpty && contentType === null)) {
    const detail = 'The body must be sent with Content-Type: application/json.';
    return { ok: false, code: 'unsupported_media_type', detail };
  }
  if (isEmpty) {
    if (optional) return { ok: true, value: undefined };
    return { ok: false, code: 'malformed_request', detail: 'The body is missing.' };
  }
  const parsed = parse(bytes);
  if (parsed === null) {
    return { ok: false, code: 'malformed_request', detail: 'The body is not JSON.' };
  }
  const errors = validate(parsed.value);
  if (errors !== null) {
    const detail = 'The body does not match the contract.';
    return { ok: false, code: 'malformed_request', detail, errors };
  }
  return { ok: true, value: parsed.value };
}

function parse(bytes: Uint8Array): { value: unknown } | null {
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch {
    return null;
  }
}
