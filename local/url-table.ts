import { relative } from 'node:path';
import type { Platform } from './platform.ts';
import { logFileOf } from './platform-services.ts';

/** What a person wants to know of a running platform, for the terminal. */
export function urlTable(platform: Platform): string {
  const { dir, urls, keys } = platform;
  const path = (file: string) => relative(process.cwd(), file) || '.';
  const rows: [string, string][] = [
    ...keys.shops.map(({ id }): [string, string] => [`shop ${id}`, `${urls.shops[id]}/`]),
    ['operators', `${urls.ops}/ops/v1/   (bearer token: operatorToken in keys.json)`],
    ['webhooks', `${urls.hooks}/api/stripe-webhook`],
    [
      'Stripe',
      urls.stripeStandIn ? `${urls.stripeStandIn} (stand-in)` : 'api.stripe.com (test mode)',
    ],
    ['node service', urls.nodeService],
    ['metrics', urls.metrics],
    ['database', withoutPassword(urls.adminDatabase)],
    ['secrets, URLs', path(`${dir}/keys.json`)],
    ['logs', path(logFileOf(dir, '*'))],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n');
}

/** A terminal's history is no place for a password: keys.json has it. */
function withoutPassword(url: string): string {
  const result = new URL(url);
  result.password = '';
  return result.href;
}
