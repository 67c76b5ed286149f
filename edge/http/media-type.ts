/**
 * True for `application/json` with any parameters. Structured suffixes (`application/problem+json`) are not accepted:
 * a request body of ours is plain JSON, and that exact type is what a browser may not send across origins unasked.
 */
export function isJson(contentType: string | null): boolean {
  if (contentType === null) return false;
  const [essence = ''] = contentType.split(';', 1);
  return essence.trim().toLowerCase() === 'application/json';
}

/** True when the client would rather have a page than a problem document: `text/html` is in its `Accept`. */
export function wantsHtml(accept: string | null): boolean {
  return accept?.toLowerCase().includes('text/html') ?? false;
}
