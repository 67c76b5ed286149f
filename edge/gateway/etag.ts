/**
 * Answers 304 where the client has this very answer already.
 *
 * @param ifNoneMatch the client's header: entity tags, or `*`
 */
export function notModified(response: Response, ifNoneMatch: string | null): Response {
  const etag = response.headers.get('etag');
  if (response.status !== 200 || etag === null || ifNoneMatch === null) return response;
  const known = ifNoneMatch.split(',').map(opaqueTag);
  if (!known.includes('*') && !known.includes(opaqueTag(etag))) return response;
  const headers = new Headers(response.headers);
  headers.delete('content-type');
  return new Response(null, { status: 304, headers });
}

/** `If-None-Match` compares weakly: `W/"x"` is `"x"`. */
function opaqueTag(tag: string): string {
  return tag.trim().replace(/^W\//, '');
}
