import { REQUEST_ID_PATTERN } from './ids.ts';

/** Returned on every response and forwarded on every hop. */
export const REQUEST_ID_HEADER = 'x-request-id';

/** Keeps a caller's own request id where it has the right form, else makes one. */
export function acceptRequestId(value: string | null | undefined, make: () => string): string {
  return typeof value === 'string' && REQUEST_ID_PATTERN.test(value) ? value : make();
}
