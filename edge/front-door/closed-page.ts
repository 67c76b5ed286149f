const PAGES = {
  landing_only: {
    status: 200,
    title: 'Opening soon',
    text: 'This shop has not opened yet. Please come back a little later.',
  },
  expired: {
    status: 410,
    title: 'This shop has closed',
    text: 'Nothing is sold here any more. Orders that were placed are still taken care of.',
  },
  unknown: {
    status: 404,
    title: 'No shop here',
    text: 'There is no shop at this address. Please check how it is spelled.',
  },
  too_many: {
    status: 429,
    title: 'That was a bit fast',
    text: 'Many requests have come from where you are. This page loads again by itself in a few seconds.',
  },
} as const;

const STYLE =
  'body{font:1.125rem/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-content:center;' +
  'padding:1.5rem;text-align:center;color:#1d1d1f;background:#f7f7f5}h1{font-size:1.75rem;margin:0 0 .5rem}' +
  'p{max-width:32rem;margin:0}';

/** The front door's own pages, for hosts without a shop to show. They name no shop and run no script. */
export async function closedPage(page: keyof typeof PAGES): Promise<Response> {
  const { status, title, text } = PAGES[page];
  const html =
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="robots" content="noindex">` +
    `<meta name="viewport" content="width=device-width,initial-scale=1"><title>${title}</title>` +
    `<style>${STYLE}</style><main><h1>${title}</h1><p>${text}</p></main></html>`;
  return new Response(html, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; style-src '${await styleHash()}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    },
  });
}

let knownHash: string | undefined;

/** The style never changes, so its hash is worked out once. */
async function styleHash(): Promise<string> {
  if (knownHash === undefined) {
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(STYLE));
    knownHash = `sha256-${btoa(String.fromCharCode(...new Uint8Array(hash)))}`;
  }
  return knownHash;
}
