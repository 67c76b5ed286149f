import type { Environment } from '@commerce/contracts/vocabulary/shop-context.ts';
import { localePath } from '../page-paths.ts';

type RobotsInput = {
  environment: Environment;
  /** `https://shop.example` */
  origin: string;
  locales: readonly string[];
};

/** What only its own buyer has a use for. */
const PRIVATE_PATHS = ['/cart', '/checkout', '/orders/'];

/**
 * What crawlers are asked (RFC 9309). Outside production: to stay away altogether. A shop that takes no orders just
 * now is crawled all the same: its pages still say what it is, and a crawler that was sent away comes back late.
 */
export function robotsText({ environment, origin, locales }: RobotsInput): string {
  if (environment !== 'production') return 'User-agent: *\nDisallow: /\n';
  const paths = [
    '/api/',
    ...locales.flatMap((tag) => PRIVATE_PATHS.map((path) => localePath(tag, path))),
  ];
  return [
    'User-agent: *',
    ...paths.map((path) => `Disallow: ${path}`),
    '',
    `Sitemap: ${origin}/sitemap.xml`,
    '',
  ].join('\n');
}
