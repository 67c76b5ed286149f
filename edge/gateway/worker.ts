import { WorkerEntrypoint } from 'cloudflare:workers';
import { acceptRequestId, REQUEST_ID_HEADER } from '@commerce/contracts/vocabulary/request-id.ts';
import type { ShopContext } from '@commerce/contracts/vocabulary/shop-context.ts';
import { type RequestTrace, traced } from '../http/request-trace.ts';
import { getProduct, getShop, listProducts } from './catalogue.ts';
import { configOf, type GatewayConfig, type GatewayEnv } from './config.ts';
import type { Afterwards } from './preview/shared-calls.ts';
import { serveOperations } from './serve-operations.ts';
import { servePublic } from './serve-public.ts';

type Serve = (request: Request, config: GatewayConfig, trace: RequestTrace) => Promise<Response>;

/** Public operations and webhooks, bound to the front door. */
export default class Gateway extends WorkerEntrypoint<GatewayEnv> {
  fetch(request: Request): Promise<Response> {
    const afterwards: Afterwards = (work) => this.ctx.waitUntil(work);
    return serveTraced(request, this.env, (received, config, trace) =>
      servePublic(received, config, trace, afterwards),
    );
  }
}

/** Operators' calls, bound to the front door. */
export class Operations extends WorkerEntrypoint<GatewayEnv> {
  fetch(request: Request): Promise<Response> {
    return serveTraced(request, this.env, serveOperations);
  }
}

/** What the storefront shows, by RPC, bound to the storefront. */
export class Catalogue extends WorkerEntrypoint<GatewayEnv> {
  async getShop(context: ShopContext) {
    return getShop(await configOf(this.env), context);
  }

  async listProducts(context: ShopContext) {
    return listProducts(await configOf(this.env), context);
  }

  async getProduct(context: ShopContext, sku: string) {
    return getProduct(await configOf(this.env), context, sku);
  }
}

function serveTraced(request: Request, env: GatewayEnv, serve: Serve): Promise<Response> {
  const trace: RequestTrace = {
    worker: 'gateway',
    requestId: acceptRequestId(request.headers.get(REQUEST_ID_HEADER), () => crypto.randomUUID()),
    shopId: null,
    endpoint: 'unknown',
  };
  return traced(trace, async () => serve(request, await configOf(env), trace));
}
