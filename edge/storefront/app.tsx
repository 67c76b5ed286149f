import { PROBLEM_CONTENT_TYPE } from '@commerce/contracts/vocabulary/problem.ts';
import { type Context, Hono } from 'hono';
import { wantsHtml } from '../http/media-type.ts';
import { refuse } from '../http/refuse.ts';
import { logFault } from '../http/request-trace.ts';
import { cartApi } from './api/cart-api.ts';
import { assetRoutes, shopIconFile } from './asset-routes.ts';
import type { StorefrontAssets } from './assets.ts';
import { CatalogueRefusal } from './catalogue.ts';
import { noShop } from './no-shop.tsx';
import { pageResponse } from './page-response.ts';
import { pageRoutes } from './page-routes.tsx';
import { BarePage } from './pages/problem.tsx';
import { seoRoutes } from './seo/seo-routes.ts';
import { documentLanguage, languageOf } from './texts/language.ts';
import { pageTexts } from './texts/page-texts.ts';
import type { SiteVisitEnv, Visit, VisitEnv } from './visit.ts';

/** The storefront's routes. Every one of them is served for the shop of its visit, and for no other. */
export function storefrontApp(assets: StorefrontAssets): Hono<VisitEnv> {
  const app = new Hono<VisitEnv>();
  app.route('/assets', assetRoutes(assets));
  app.route('/api/cart', cartApi());
  app.get('/favicon.ico', shopIconFile);
  // These are never a page of ours: what is not there is said in a problem, and costs no look at the catalogue.
  for (const path of ['/api/*', '/cms/*', '/.well-known/*']) app.all(path, nothingThere);
  const site = siteApp(assets);
  app.all('*', (c) => {
    const { site: known } = c.env;
    if (known === undefined) return noShop(c.req.raw, c.env.trace, assets);
    return site.fetch(c.req.raw, { ...c.env, site: known });
  });
  app.onError((error, c) => failed(error, c.req.raw, c.env, assets));
  return app;
}

/** What is shown of the site itself: pages under a locale, and what search engines read. */
function siteApp(assets: StorefrontAssets): Hono<SiteVisitEnv> {
  const app = new Hono<SiteVisitEnv>();
  app.use(async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next();
    const headers = { allow: 'GET, HEAD' };
    return refuse(c.env.trace, 'method_not_allowed', 'Pages are read, with GET.', { headers });
  });
  app.route('/', seoRoutes());
  app.route('/', pageRoutes(assets));
  app.onError((error, c) => failed(error, c.req.raw, c.env, assets));
  return app;
}

function nothingThere(c: Context<VisitEnv>): Response {
  c.env.trace.endpoint = 'not_found';
  return refuse(c.env.trace, 'not_found', 'There is nothing at this address.');
}

/** A refusal of the catalogue keeps its status; anything else that was thrown is a fault of ours. */
function failed(
  error: Error,
  request: Request,
  { trace, site }: Visit,
  assets: StorefrontAssets,
): Response {
  const problem = error instanceof CatalogueRefusal ? error.problem : undefined;
  logFault(trace, error);
  if (!wantsHtml(request.headers.get('accept'))) {
    if (problem === undefined) {
      return refuse(trace, 'internal_error', 'The request could not be served.');
    }
    return new Response(JSON.stringify({ ...problem, requestId: trace.requestId }), {
      status: problem.status,
      headers: { 'content-type': PROBLEM_CONTENT_TYPE, 'cache-control': 'no-store' },
    });
  }
  if (problem?.status === 404) return noShop(request, trace, assets);
  const tag = site?.locales.current ?? 'en';
  const texts = pageTexts(languageOf(tag));
  const lang = documentLanguage(tag);
  const page = (
    <BarePage
      lang={lang}
      title={texts.notShown}
      detail={texts.notShownDetail}
      reference={texts.reference(trace.requestId)}
      stylesheet={assets.stylesheet.path}
    />
  );
  return pageResponse(page, { status: problem?.status ?? 500, lang });
}
