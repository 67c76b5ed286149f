import { stripInternalHeaders } from '@commerce/contracts/vocabulary/shop-context.ts';
import type { ServiceBinding } from '../http/service-binding.ts';

/**
 * Passes a request on to the next Worker: whatever a client could say in our own words is gone, and what we say is
 * set. HEAD goes on as GET; the answer's body is dropped on the way out. Redirects come back to us, never followed.
 *
 * @param said headers that we set: the shop's context, or the request id alone
 * @param body the bytes that were read, exactly; null where the method has none
 */
export function forward(
  binding: ServiceBinding,
  request: Request,
  said: Readonly<Record<string, string>>,
  body: Uint8Array<ArrayBuffer> | null,
): Promise<Response> {
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const hasBody = method !== 'GET' && body !== null && body.byteLength > 0;
  const headers = new Headers(request.headers);
  stripInternalHeaders(headers);
  for (const name in said) headers.set(name, said[name] ?? '');
  // By URL and settings: a Request would be made for nothing, since `fetch` makes one of its own from it.
  return binding.fetch(request.url, {
    method,
    headers,
    redirect: 'manual',
    ...(hasBody ? { body } : {}),
  });
}
