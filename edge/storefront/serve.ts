import { acceptRequestId, REQUEST_ID_HEADER } from '@commerce/contracts/vocabulary/request-id.ts';
import type { Hono } from 'hono';
import { receiveContext } from '../http/receive-context.ts';
import { type RequestTrace, traced } from '../http/request-trace.ts';
import { setSecurityHeaders } from '../http/security-headers.ts';
import type { StorefrontAssets } from './assets.ts';
import { readConfig, type StorefrontEnv } from './config.ts';
import { noShop } from './no-shop.tsx';
import { readSite } from './site.ts';
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
  const parsed = receiveContext(request);
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
    const { context } = parsed;
    const config = readConfig(env);
    const site = readSite(request.headers, context, config);
    return app.fetch(request, { context, trace, config, catalogue: env.CATALOGUE, site });
  });
  setSecurityHeaders(response.headers, env.PUBLIC_SCHEME);
  return response;
}
