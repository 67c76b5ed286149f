import { PROBLEM_CONTENT_TYPE } from '@commerce/contracts/vocabulary/problem.ts';
import { Hono } from 'hono';
import { wantsHtml } from '../http/media-type.ts';
import { refuse } from '../http/refuse.ts';
import { logFault } from '../http/request-trace.ts';
import { cartApi } from './api/cart-api.ts';
import { assetRoutes } from './asset-routes.ts';
import type { StorefrontAssets } from './assets.ts';
import { CatalogueRefusal } from './catalogue.ts';
import { pageResponse } from './page-response.ts';
import { notFoundPage, pageRoutes } from './page-routes.tsx';
import { BarePage } from './pages/problem.tsx';
import type { Visit, VisitEnv } from './visit.ts';

/** The storefront's routes. Every one of them is served for the shop of its visit, and for no other. */
export function storefrontApp(assets: StorefrontAssets): Hono<VisitEnv> {
  const app = new Hono<VisitEnv>();
  app.route('/assets', assetRoutes(assets));
  app.route('/api/cart', cartApi());
  app.route('/', pageRoutes(assets));
  app.notFound(async (c) => {
    const { trace } = c.env;
    if (c.req.path.startsWith('/api/'))
      return refuse(trace, 'not_found', 'There is no such operation.');
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') {
      const headers = { allow: 'GET, HEAD' };
      return refuse(trace, 'method_not_allowed', 'Pages are read, with GET.', { headers });
    }
    return notFoundPage(c, assets);
  });
  app.onError((error, c) => failed(error, c.req.raw, c.env, assets));
  return app;
}

/** A refusal of the catalogue keeps its status; anything else that was thrown is a fault of ours. */
function failed(
  error: Error,
  request: Request,
  { trace }: Visit,
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
  const unknown = problem?.status === 404;
  return pageResponse(
    <BarePage
      title={unknown ? 'No shop here' : 'This page could not be shown'}
      detail={
        unknown
          ? 'This address does not belong to a shop.'
          : 'Something on our side is not working. Your cart is kept; please try again in a moment.'
      }
      requestId={trace.requestId}
      stylesheet={assets.stylesheet.path}
    />,
    { status: problem?.status ?? 500 },
  );
}
