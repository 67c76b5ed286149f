import type { ServerResponse } from 'node:http';
import type Stripe from 'stripe';
import { formatAmount } from './resources/currencies.ts';
import { operations } from './resources/operations.ts';

const STYLE = `<style>
  body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 44rem; padding: 0 1rem; }
  code { background: #f2f2f5; border-radius: 4px; padding: 0 .25em; }
  button { font: inherit; margin: .25rem .5rem .25rem 0; padding: .4rem 1rem; }
</style>`;

/** `GET /`: what this is and what it answers. */
export function sendIndexPage(response: ServerResponse): void {
  const rows = operations.map(
    ({ method, path, id }) => `<li><code>${method} ${path}</code> ${id}</li>`,
  );
  sendPage(
    response,
    200,
    'Stripe stand-in',
    `<p>This is no Stripe: it is the stand-in that the local platform and its tests pay with. No money moves.</p>
<h2>The API</h2><ul>${rows.join('\n')}</ul>
<h2>Control</h2><p>The control API is under <code>/_stand-in/</code>; its README lists the calls. Begin with
<a href="/_stand-in/sessions">/_stand-in/sessions</a> or <a href="/_stand-in/requests">/_stand-in/requests</a>.</p>`,
  );
}

/** `GET /c/pay/{id}`: the page that `url` of a hosted Session leads to. */
export function sendPayPage(
  response: ServerResponse,
  session: Stripe.Checkout.Session | undefined,
): void {
  if (session === undefined || session.ui_mode !== 'hosted_page') {
    sendNotFoundPage(response, 'There is no such hosted Checkout Session.');
    return;
  }
  const amount = formatAmount(session.amount_total ?? 0, session.currency ?? '');
  if (session.status !== 'open') {
    sendPage(response, 200, 'Checkout', `<p>This Checkout Session is ${session.status}.</p>`);
    return;
  }
  const successUrl = session.success_url?.replace('{CHECKOUT_SESSION_ID}', session.id) ?? '/';
  const buttons = ['succeeded', 'declined', 'processing', 'expired'].map(
    (outcome) => `<button data-outcome="${outcome}">${outcome}</button>`,
  );
  sendPage(
    response,
    200,
    `Pay ${amount}`,
    `<p>How shall this payment end?</p>${buttons.join('')}<p role="status"></p>
<script>
  const successUrl = ${scriptString(successUrl)};
  for (const button of document.querySelectorAll('button')) {
    button.onclick = async () => {
      const { outcome } = button.dataset;
      const answer = await fetch('/_stand-in/sessions/${session.id}/pay', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ outcome }),
      });
      const { error } = await answer.json();
      if (error) document.querySelector('[role=status]').textContent = error.message;
      else if (outcome === 'expired') location.reload();
      else location.href = successUrl;
    };
  }
</script>`,
  );
}

export function sendNotFoundPage(response: ServerResponse, message: string): void {
  const body = `<p>${escapeHtml(message)}</p><p>This is the Stripe stand-in: <a href="/">what it answers</a>.</p>`;
  sendPage(response, 404, 'Not found', body);
}

function sendPage(response: ServerResponse, status: number, title: string, body: string): void {
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(title)}</title>${STYLE}<h1>${escapeHtml(title)}</h1>${body}</html>`;
  response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8' }).end(page);
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

/** A string literal that cannot end the script element it stands in. */
function scriptString(text: string): string {
  return JSON.stringify(text).replaceAll('<', '\\u003c');
}
