/** One `name=value` of a Cookie header. */
export interface RequestCookie {
  readonly name: string;
  readonly value: string;
}

/**
 * The cookies of a Cookie header, in the order sent. Values are left as they are: ours are base64url and dots and
 * need no decoding. A part without `=` is skipped.
 */
export function parseCookies(header: string | null): readonly RequestCookie[] {
  if (header === null) return [];
  const cookies: RequestCookie[] = [];
  for (const part of header.split(';')) {
    const separator = part.indexOf('=');
    if (separator < 1) continue;
    const name = part.slice(0, separator).trim();
    if (name !== '') cookies.push({ name, value: part.slice(separator + 1).trim() });
  }
  return cookies;
}
