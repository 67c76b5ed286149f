/** W3C Trace Context, version 00 and those that keep its form. */
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Past this a credential is none of ours, and the node service would refuse the whole request as too large. A browser
 * keeps no cookie over 4,096 bytes, and an order's token lives in one.
 */
export const MAX_CREDENTIAL_LENGTH = 4_200;

export function isTooLong(credential: string | null): boolean {
  return credential !== null && credential.length > MAX_CREDENTIAL_LENGTH;
}

/** The caller's trace, where it says one: a header of another form is dropped, as the specification has it. */
export function traceHeaders(headers: Headers): Record<string, string> {
  const traceparent = headers.get('traceparent');
  return traceparent !== null && TRACEPARENT.test(traceparent) ? { traceparent } : {};
}
