import type { PaymentUi } from './config.ts';
import { contentSecurityPolicy, makeNonce } from './page-policy.ts';

export type PageOptions = {
  status?: number;
  /** The document's language, as its `lang` says. */
  lang: string;
  /** The nonce that the page's scripts carry. */
  nonce?: string;
  /** On the checkout page: what its security policy has to let in. */
  payment?: PaymentUi;
  /** A Set-Cookie that goes with it. */
  cookie?: string | undefined;
};

/**
 * A rendered page as a response. Pages show the buyer's own cart, so none of them may be stored by anybody between;
 * and the browser asks again on "back", so that a changed cart is seen.
 */
export function pageResponse(
  page: { toString(): string | Promise<string> } | null,
  { status = 200, lang, nonce = makeNonce(), payment, cookie }: PageOptions,
): Response {
  return new Response(`<!doctype html>${page}`, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-language': lang,
      'cache-control': 'private, no-store',
      'content-security-policy': contentSecurityPolicy(nonce, payment),
      ...(cookie === undefined ? {} : { 'set-cookie': cookie }),
    },
  });
}
