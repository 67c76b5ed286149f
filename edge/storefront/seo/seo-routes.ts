import { type Context, Hono } from 'hono';
import { refuse } from '../../http/refuse.ts';
import { unwrap } from '../catalogue.ts';
import { productPath } from '../page-paths.ts';
import type { SiteVisitEnv } from '../visit.ts';
import { robotsText } from './robots.ts';
import { sitemap } from './sitemap.ts';

/** A new product is found within the hour; the host's locales change more rarely. */
const FOR_AN_HOUR = 'public, max-age=3600';

/** What search engines read besides the pages. */
export function seoRoutes(): Hono<SiteVisitEnv> {
  const routes = new Hono<SiteVisitEnv>();
  routes.get('/robots.txt', robots);
  routes.get('/sitemap.xml', siteMap);
  return routes;
}

function robots(c: Context<SiteVisitEnv>): Response {
  const { context, site, trace } = c.env;
  trace.endpoint = 'robots';
  const { environment } = context;
  return file(
    robotsText({ environment, origin: site.origin, locales: site.locales.all }),
    'text/plain; charset=utf-8',
  );
}

async function siteMap(c: Context<SiteVisitEnv>): Promise<Response> {
  const { context, catalogue, site, trace } = c.env;
  trace.endpoint = 'sitemap';
  const wanted = c.req.query('part');
  const part = wanted === undefined ? undefined : Number(wanted);
  const { items } = await unwrap(catalogue.listProducts(context));
  const paths = ['/', ...items.map(({ sku }) => productPath(sku))];
  const xml = sitemap({ ...site, paths }, part);
  if (xml === undefined) return refuse(trace, 'not_found', 'The sitemap has no such part.');
  return file(xml, 'application/xml; charset=utf-8');
}

function file(body: string, contentType: string): Response {
  return new Response(body, {
    headers: { 'content-type': contentType, 'cache-control': FOR_AN_HOUR },
  });
}
