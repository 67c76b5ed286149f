import { ORDER_ID_PATTERN } from '@commerce/contracts/vocabulary/ids.ts';
import type { Product } from '@commerce/generated/node-v1/client/types.gen.ts';
import { type Context, Hono } from 'hono';
import type { Cart } from '../cart/cart.ts';
import type { StorefrontAssets } from './assets.ts';
import { cartMark, priceCart } from './cart-pricing.ts';
import { CatalogueRefusal, unwrap } from './catalogue.ts';
import { type PaymentUi, paymentUiFor } from './config.ts';
import { localeCookie } from './locale-cookie.ts';
import { type OpenedPage, openPage, type PageKind } from './open-page.ts';
import { localePath, productPath } from './page-paths.ts';
import { pageResponse } from './page-response.ts';
import { CartPage } from './pages/cart.tsx';
import { CheckoutPage } from './pages/checkout.tsx';
import { HomePage } from './pages/home.tsx';
import type { PageFrame } from './pages/layout.tsx';
import { OrderPage } from './pages/order.tsx';
import { ProblemPage } from './pages/problem.tsx';
import { ProductPage } from './pages/product.tsx';
import type { SiteVisitEnv } from './visit.ts';

type PageContext = Context<SiteVisitEnv>;

/** The pages a buyer sees. Each reads the shop and the cart afresh: this Worker keeps nothing. */
export function pageRoutes(assets: StorefrontAssets): Hono<SiteVisitEnv> {
  const routes = new Hono<SiteVisitEnv>();
  const nothingHere = (c: PageContext) => notFoundPage(c, assets, 'not_found', 'nothingHere');
  routes.use(async (c, next) => (isUnderLocale(c) ? next() : nothingHere(c)));
  routes.get('/:locale', (c) => c.redirect(`${c.req.path}/${new URL(c.req.url).search}`, 308));
  routes.get('/:locale/', (c) => home(c, assets));
  routes.get('/:locale/products/:sku', (c) => product(c, assets, c.req.param('sku')));
  routes.get('/:locale/cart', (c) => cart(c, assets));
  routes.get('/:locale/checkout', (c) => checkout(c, assets));
  routes.get('/:locale/orders/:orderId', (c) => order(c, assets, c.req.param('orderId')));
  routes.all('*', nothingHere);
  return routes;
}

/** Whether the address begins with the locale that the front door found in it, letter by letter. */
function isUnderLocale(c: PageContext): boolean {
  const prefix = localePath(c.env.site.locales.current, '');
  return c.req.path === prefix || c.req.path.startsWith(`${prefix}/`);
}

async function home(c: PageContext, assets: StorefrontAssets): Promise<Response> {
  const [{ frame }, products] = await Promise.all([
    open(c, assets, { endpoint: 'home', path: '/', indexed: true }),
    productsOf(c),
  ]);
  return shown(c, frame, <HomePage frame={frame} products={products} />);
}

async function product(c: PageContext, assets: StorefrontAssets, sku: string): Promise<Response> {
  const [{ frame }, answer] = await Promise.all([
    open(c, assets, { endpoint: 'product', path: productPath(sku), indexed: true }),
    c.env.catalogue.getProduct(c.env.context, sku),
  ]);
  if (!answer.ok) {
    const { status, code } = answer.problem;
    // What cannot be a SKU is no fault of ours, but an address that somebody made up.
    if (status === 404 || code === 'malformed_request') {
      return notFoundPage(c, assets, 'product', 'notInThisShop');
    }
    throw new CatalogueRefusal(answer.problem);
  }
  const page = <ProductPage frame={frame} product={answer.value} script={assets.product.path} />;
  return shown(c, frame, page);
}

async function cart(c: PageContext, assets: StorefrontAssets): Promise<Response> {
  const [opened, products] = await Promise.all([
    open(c, assets, { endpoint: 'cart', path: '/cart', indexed: false }),
    productsOf(c),
  ]);
  const { frame, shop } = opened;
  const priced = priceCart(linesOf(opened.cart), products, shop.currency, frame.locale.tag);
  return shown(c, frame, <CartPage frame={frame} cart={priced} script={assets.cart.path} />);
}

async function checkout(c: PageContext, assets: StorefrontAssets): Promise<Response> {
  const [opened, products] = await Promise.all([
    open(c, assets, { endpoint: 'checkout', path: '/checkout', indexed: false }),
    productsOf(c),
  ]);
  const payment = paymentUiFor(c.env.config, c.env.context.environment);
  const { frame, shop } = opened;
  const lines = linesOf(opened.cart);
  const priced = priceCart(lines, products, shop.currency, frame.locale.tag);
  // There is nothing to check out: the cart's page says why.
  if (priced.lines.length === 0 || !priced.complete || !shop.mayTrade) {
    c.header('cache-control', 'private, no-store');
    return c.redirect(frame.locale.link('/cart'), 303);
  }
  const page = (
    <CheckoutPage
      frame={frame}
      cart={priced}
      cartMark={cartMark(lines.lines)}
      payment={payment}
      script={assets.checkout.path}
    />
  );
  return shown(c, frame, page, payment);
}

async function order(c: PageContext, assets: StorefrontAssets, orderId: string): Promise<Response> {
  if (!ORDER_ID_PATTERN.test(orderId)) return notFoundPage(c, assets, 'order', 'noSuchOrder');
  const path = `/orders/${orderId}`;
  const { frame } = await open(c, assets, { endpoint: 'order', path, indexed: false });
  const page = <OrderPage frame={frame} orderId={orderId} script={assets.order.path} />;
  return shown(c, frame, page);
}

/** For a path that is no page of the shop, and for a product or an order that cannot be one. */
async function notFoundPage(
  c: PageContext,
  assets: StorefrontAssets,
  endpoint: string,
  title: 'nothingHere' | 'notInThisShop' | 'noSuchOrder',
): Promise<Response> {
  // Another locale has nothing at this address either: the switcher leads to its home page.
  const { frame } = await open(c, assets, { endpoint, path: '/', indexed: false });
  const { lang, texts } = frame.locale;
  const page = (
    <ProblemPage
      frame={frame}
      title={texts[title]}
      detail={texts.nothingHereDetail}
      requestId={c.env.trace.requestId}
    />
  );
  return pageResponse(page, { status: 404, lang, nonce: frame.nonce });
}

/** A page that is what was asked for: from now on the browser says the locale that it is in. */
function shown(
  c: PageContext,
  { locale, nonce }: PageFrame,
  page: { toString(): string | Promise<string> } | null,
  payment?: PaymentUi,
): Response {
  const cookie = localeCookie(c.req.header('cookie') ?? null, c.env.site.locales);
  return pageResponse(page, { lang: locale.lang, nonce, cookie, ...(payment && { payment }) });
}

function open(c: PageContext, assets: StorefrontAssets, kind: PageKind): Promise<OpenedPage> {
  return openPage(c.req.raw, c.env, assets, kind);
}

async function productsOf(c: PageContext): Promise<Product[]> {
  return (await unwrap(c.env.catalogue.listProducts(c.env.context))).items;
}

function linesOf(cart: Cart | undefined): { id: string | undefined; lines: Cart['lines'] } {
  return { id: cart?.id, lines: cart?.lines ?? [] };
}
