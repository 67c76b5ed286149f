import type { PaymentUi } from './config.ts';
import { contentSecurityPolicy, makeNonce } from './page-policy.ts';

export type PageOptions = {
  status?: number;
  /** The nonce that the page's scripts carry. */
  nonce?: string;
  /** On the checkout page: what its security policy has to let in. */
  payment?: PaymentUi;
};

/**
 * A rendered page as a response. Pages show the buyer's own cart, so none of them may be stored by anybody between;
 * and the browser asks again on "back", so that a changed cart is seen.
 */
export function pageResponse(
  page: { toString(): string | Promise<string> } | null,
  { status = 200, nonce = makeNonce(), payment }: PageOptions,
): Response {
  return new Response(`<!doctype html>${page}`, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'private, no-store',
      'content-security-policy': contentSecurityPolicy(nonce, payment),
    },
  });
}
