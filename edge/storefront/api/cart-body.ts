import { VariantKeyError } from '@commerce/contracts/vocabulary/variant-key.ts';
import { requestBodies } from '@commerce/generated/public-v1/request-bodies.js';
import { lineKey } from '../../cart/cart.rules.ts';
import type { CartLine } from '../../cart/cart.ts';
import { isJson } from '../../http/media-type.ts';
import { readBody } from '../../http/read-body.ts';
import { refuse } from '../../http/refuse.ts';
import type { RequestTrace } from '../../http/request-trace.ts';

export type CartBody<T> = { ok: true; value: T } | { ok: false; refusal: Response };

/**
 * Reads and validates the body of a cart operation against the contract.
 * @typeParam T the contract's type for this operation's body; its validator is what makes it one
 */
export async function cartBody<T>(
  request: Request,
  trace: RequestTrace,
  operationId: 'addCartLine' | 'updateCartLine' | 'replaceCart',
): Promise<CartBody<T>> {
  if (!isJson(request.headers.get('content-type'))) {
    const detail = 'The body must be sent with Content-Type: application/json.';
    return { ok: false, refusal: refuse(trace, 'unsupported_media_type', detail) };
  }
  const reading = await readBody(request);
  if (!reading.ok) {
    const detail = 'A request body has 1 MiB at most.';
    return { ok: false, refusal: refuse(trace, 'payload_too_large', detail) };
  }
  const parsed = parseJson(reading.bytes);
  if (!parsed.ok) {
    return { ok: false, refusal: refuse(trace, 'malformed_request', 'The body is not JSON.') };
  }
  const errors = requestBodies[operationId](parsed.value) ?? unnameable(parsed.value);
  if (errors !== null) {
    const detail = 'The body does not match the contract.';
    return { ok: false, refusal: refuse(trace, 'malformed_request', detail, { errors }) };
  }
  return { ok: true, value: parsed.value as T };
}

function parseJson(bytes: Uint8Array): { ok: true; value: unknown } | { ok: false } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}

/** What a schema cannot say of a line: that its options, evened out, name one variant. */
function unnameable(body: unknown): { path: string; message: string }[] | null {
  const { lines } = body as { lines?: CartLine[] };
  const named = lines?.map((line, index) => ({ line, path: `/body/lines/${index}` })) ?? [
    { line: body as CartLine, path: '/body' },
  ];
  const errors = named.flatMap(({ line, path }) => {
    try {
      lineKey(line);
      return [];
    } catch (error) {
      if (error instanceof VariantKeyError) return [{ path, message: error.message }];
      throw error;
    }
  });
  return errors.length > 0 ? errors : null;
}
