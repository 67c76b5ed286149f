import {
  type ShopContext,
  shopContextToHeaders,
  stripInternalHeaders,
} from '@commerce/contracts/vocabulary/shop-context.ts';

/**
 * The request as the next Worker gets it: whatever a client could say in our own words is gone, and what we say is
 * set. HEAD goes on as GET; the caller drops the answer's body. Redirects come back to us, never followed.
 *
 * @param said headers that we set: the shop's context, or the request id alone
 * @param body the bytes that were read, exactly
 */
export function forwarded(
  request: Request,
  said: Readonly<Record<string, string>>,
  body: Uint8Array<ArrayBuffer>,
): Request {
  const headers = new Headers(request.headers);
  stripInternalHeaders(headers);
  for (const [name, value] of Object.entries(said)) headers.set(name, value);
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const mayHaveBody = method !== 'GET' && body.byteLength > 0;
  return new Request(request.url, {
    method,
    headers,
    redirect: 'manual',
    ...(mayHaveBody ? { body } : {}),
  });
}

export function forwardedToShop(
  request: Request,
  context: ShopContext,
  body: Uint8Array<ArrayBuffer>,
): Request {
  return forwarded(request, shopContextToHeaders(context), body);
}
