import { storefrontApp } from './app.tsx';
import { ASSETS } from './assets.ts';
import type { StorefrontEnv } from './config.ts';
import { serve } from './serve.ts';

const app = storefrontApp(ASSETS);

/** The storefront Worker: pages and the cart of whichever shop the front door says the request is for. */
export default {
  fetch: (request: Request, env: StorefrontEnv): Promise<Response> =>
    serve(request, env, app, ASSETS),
};
