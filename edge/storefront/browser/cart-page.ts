import { link } from './this-page.ts';

/** The cart's page as the server renders it now, with its prices, in a form that the retry policy reads. */
export function fetchCartPage(): Promise<{ response?: Response; error?: unknown }> {
  return fetch(link('/cart'), { headers: { accept: 'text/html' } }).then(
    (response) => ({ response }),
    (error: unknown) => ({ error }),
  );
}
