import { ORDER_ID_PATTERN } from '@commerce/contracts/vocabulary/ids.ts';
import type { Product, Shop } from '@commerce/generated/node-v1/client/types.gen.ts';
import { type Context, Hono } from 'hono';
import { countUnits } from '../cart/cart.rules.ts';
import type { Cart } from '../cart/cart.ts';
import type { StorefrontAssets } from './assets.ts';
import { cartMark, priceCart } from './cart-pricing.ts';
import { CatalogueRefusal, unwrap } from './catalogue.ts';
import { paymentUiFor } from './config.ts';
import { makeNonce } from './page-policy.ts';
import { pageResponse } from './page-response.ts';
import { CartPage } from './pages/cart.tsx';
import { CheckoutPage } from './pages/checkout.tsx';
import { HomePage } from './pages/home.tsx';
import type { PageFrame } from './pages/layout.tsx';
import { OrderPage } from './pages/order.tsx';
import { ProblemPage } from './pages/problem.tsx';
import { ProductPage } from './pages/product.tsx';
import { themePath } from './theme.ts';
import { cartOf, type VisitEnv } from './visit.ts';

type PageContext = Context<VisitEnv>;

/** The pages a buyer sees. Each reads the shop and the cart afresh: this Worker keeps nothing. */
export function pageRoutes(assets: StorefrontAssets): Hono<VisitEnv> {
  const routes = new Hono<VisitEnv>();
  routes.get('/', (c) => home(c, assets));
  routes.get('/products/:sku', (c) => product(c, assets, c.req.param('sku')));
  routes.get('/cart', (c) => cart(c, assets));
  routes.get('/checkout', (c) => checkout(c, assets));
  routes.get('/orders/:orderId', (c) => order(c, assets, c.req.param('orderId')));
  return routes;
}

/** For a path that is no page of the shop, and for a product or an order that cannot be one. */
export async function notFoundPage(
  c: PageContext,
  assets: StorefrontAssets,
  title = 'Nothing here',
): Promise<Response> {
  const { frame } = await open(c, assets, c.env.trace.endpoint);
  const page = (
    <ProblemPage
      frame={frame}
      title={title}
      detail="The address may be mistyped, or what was here is gone."
      requestId={c.env.trace.requestId}
    />
  );
  return pageResponse(page, { status: 404, nonce: frame.nonce });
}

async function home(c: PageContext, assets: StorefrontAssets): Promise<Response> {
  const [{ frame }, products] = await Promise.all([open(c, assets, 'home'), productsOf(c)]);
  return pageResponse(<HomePage frame={frame} products={products} />, { nonce: frame.nonce });
}

async function product(c: PageContext, assets: StorefrontAssets, sku: string): Promise<Response> {
  const [{ frame }, answer] = await Promise.all([
    open(c, assets, 'product'),
    c.env.catalogue.getProduct(c.env.context, sku),
  ]);
  if (!answer.ok) {
    if (answer.problem.status === 404) return notFoundPage(c, assets, 'Not in this shop');
    throw new CatalogueRefusal(answer.problem);
  }
  const page = <ProductPage frame={frame} product={answer.value} script={assets.product.path} />;
  return pageResponse(page, { nonce: frame.nonce });
}

async function cart(c: PageContext, assets: StorefrontAssets): Promise<Response> {
  const [opened, products] = await Promise.all([open(c, assets, 'cart'), productsOf(c)]);
  const { frame, shop } = opened;
  const priced = priceCart(linesOf(opened.cart), products, shop.currency);
  const page = <CartPage frame={frame} cart={priced} script={assets.cart.path} />;
  return pageResponse(page, { nonce: frame.nonce });
}

async function checkout(c: PageContext, assets: StorefrontAssets): Promise<Response> {
  const [opened, products] = await Promise.all([open(c, assets, 'checkout'), productsOf(c)]);
  const payment = paymentUiFor(c.env.config, c.env.context.environment);
  const { frame, shop } = opened;
  const lines = linesOf(opened.cart);
  const priced = priceCart(lines, products, shop.currency);
  // There is nothing to check out: the cart's page says why.
  if (priced.lines.length === 0 || !priced.complete || !shop.mayTrade)
    return c.redirect('/cart', 303);
  const page = (
    <CheckoutPage
      frame={frame}
      cart={priced}
      cartMark={cartMark(lines.lines)}
      payment={payment}
      script={assets.checkout.path}
    />
  );
  return pageResponse(page, { nonce: frame.nonce, payment });
}

async function order(c: PageContext, assets: StorefrontAssets, orderId: string): Promise<Response> {
  if (!ORDER_ID_PATTERN.test(orderId)) return notFoundPage(c, assets, 'No such order');
  const { frame } = await open(c, assets, 'order');
  const page = <OrderPage frame={frame} orderId={orderId} script={assets.order.path} />;
  return pageResponse(page, { nonce: frame.nonce });
}

async function open(
  c: PageContext,
  assets: StorefrontAssets,
  endpoint: string,
): Promise<{ frame: PageFrame; shop: Shop; cart: Cart | undefined }> {
  c.env.trace.endpoint = endpoint;
  const [shop, cart] = await Promise.all([
    unwrap(c.env.catalogue.getShop(c.env.context)),
    cartOf(c.req.raw, c.env, new Date()),
  ]);
  const frame = {
    shop,
    nonce: makeNonce(),
    cartUnits: countUnits(cart?.lines ?? []),
    canonicalUrl: canonicalUrl(c),
    stylesheet: assets.stylesheet.path,
    theme: await themePath(shop),
  };
  return { frame, shop, cart };
}

function canonicalUrl(c: PageContext): string | undefined {
  const { canonicalHost } = c.env.context;
  const { publicScheme, publicPort } = c.env.config;
  const port = publicPort === '' ? '' : `:${publicPort}`;
  return canonicalHost && `${publicScheme}://${canonicalHost}${port}${c.req.path}`;
}

async function productsOf(c: PageContext): Promise<Product[]> {
  return (await unwrap(c.env.catalogue.listProducts(c.env.context))).items;
}

function linesOf(cart: Cart | undefined): { id: string | undefined; lines: Cart['lines'] } {
  return { id: cart?.id, lines: cart?.lines ?? [] };
}
