import { acceptRequestId, REQUEST_ID_HEADER } from '@commerce/contracts/vocabulary/request-id.ts';
import { parseShopContext } from '@commerce/contracts/vocabulary/shop-context.ts';
import type { Hono } from 'hono';
import { wantsHtml } from '../http/media-type.ts';
import { refuse } from '../http/refuse.ts';
import { type RequestTrace, traced } from '../http/request-trace.ts';
import { setSecurityHeaders } from '../http/security-headers.ts';
import type { StorefrontAssets } from './assets.ts';
import { readConfig, type StorefrontEnv } from './config.ts';
import { pageResponse } from './page-response.ts';
import { BarePage } from './pages/problem.tsx';
import type { VisitEnv } from './visit.ts';

/**
 * Serves one request, for the shop that its context names. A request without a whole context is for no shop, and
 * there is no default: it gets a 404 and nothing of any shop.
 */
export async function serve(
  request: Request,
  env: StorefrontEnv,
  app: Hono<VisitEnv>,
  assets: StorefrontAssets,
): Promise<Response> {
  const parsed = parseShopContext(request.headers);
  const requestId = acceptRequestId(request.headers.get(REQUEST_ID_HEADER), () =>
    crypto.randomUUID(),
  );
  const trace: RequestTrace = {
    worker: 'storefront',
    requestId,
    shopId: parsed.ok ? parsed.context.shopId : null,
    endpoint: 'unknown',
  };
  const response = await traced(trace, async () => {
    if (!parsed.ok) return noShop(request, trace, assets);
    const config = readConfig(env);
    const visit = { context: parsed.context, trace, config, catalogue: env.CATALOGUE };
    return app.fetch(request, visit);
  });
  setSecurityHeaders(response.headers, env.PUBLIC_SCHEME);
  return response;
}

function noShop(request: Request, trace: RequestTrace, assets: StorefrontAssets): Response {
  trace.endpoint = 'no_shop';
  const detail = 'This address does not belong to a shop.';
  if (!wantsHtml(request.headers.get('accept'))) return refuse(trace, 'shop_unknown', detail);
  return pageResponse(
    <BarePage
      title="No shop here"
      detail={detail}
      requestId={trace.requestId}
      stylesheet={assets.stylesheet.path}
    />,
    { status: 404 },
  );
}
