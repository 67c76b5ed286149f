import { type Context, Hono } from 'hono';
import { refuse } from '../http/refuse.ts';
import type { Asset, StorefrontAssets } from './assets.ts';
import { unwrap } from './catalogue.ts';
import { shopIcon, themePath, themeStylesheet } from './theme.ts';
import type { VisitEnv } from './visit.ts';

/** The address holds the content's hash, so that what is under it never changes. */
const FOR_EVER = 'public, max-age=31536000, immutable';

/** Scripts, stylesheets and the icon. */
export function assetRoutes(assets: StorefrontAssets): Hono<VisitEnv> {
  const byPath = new Map<string, Asset>(Object.values(assets).map((asset) => [asset.path, asset]));
  const routes = new Hono<VisitEnv>();
  routes.use(async (c, next) => {
    c.env.trace.endpoint = 'asset';
    await next();
  });
  routes.get('/icon.svg', shopIconFile);
  routes.get('/:file{theme\\.[0-9a-f]+\\.css}', async (c) => {
    const shop = await unwrap(c.env.catalogue.getShop(c.env.context));
    // A page that was rendered before the colours changed gets the new ones, and keeps them for this once.
    const current = c.req.path === (await themePath(shop));
    return file(themeStylesheet(shop), 'text/css; charset=utf-8', current ? FOR_EVER : 'no-store');
  });
  routes.get('/:file', (c) => {
    const asset = byPath.get(c.req.path);
    if (asset === undefined) return refuse(c.env.trace, 'not_found', 'There is no such file.');
    return file(asset.body, asset.contentType, FOR_EVER);
  });
  return routes;
}

/** The shop's mark for the browser's tab. Pages name it; whoever asks for `/favicon.ico` unasked gets the same. */
export async function shopIconFile(c: Context<VisitEnv>): Promise<Response> {
  c.env.trace.endpoint = 'asset';
  const shop = await unwrap(c.env.catalogue.getShop(c.env.context));
  return file(shopIcon(shop), 'image/svg+xml', 'public, max-age=3600');
}

function file(body: string, contentType: string, cacheControl: string): Response {
  return new Response(body, {
    headers: { 'content-type': contentType, 'cache-control': cacheControl },
  });
}
