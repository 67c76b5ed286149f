import type { Shop } from '@commerce/generated/node-v1/client/types.gen.ts';
import type { Child, FC } from 'hono/jsx';

/** What every page needs besides its own content. */
export type PageFrame = {
  shop: Shop;
  /** Of this one response's security policy. */
  nonce: string;
  /** Units in the buyer's cart. */
  cartUnits: number;
  /** Where this page is at home, whichever of the shop's hosts showed it; absent where the shop has no such host. */
  canonicalUrl: string | undefined;
  /** Addresses of the stylesheets: the one of all shops, and this shop's theme. */
  stylesheet: string;
  theme: string;
};

type LayoutProps = {
  frame: PageFrame;
  title: string;
  /** Addresses of the page's scripts in their order: modules of ours, and classic ones from elsewhere. */
  scripts?: readonly string[];
  current?: 'home' | 'cart';
  children: Child;
};

/** The document around every page: skip link, header, one main landmark, footer. */
export const Layout: FC<LayoutProps> = ({ frame, title, scripts = [], current, children }) => {
  const { shop, nonce, cartUnits, canonicalUrl, stylesheet, theme } = frame;
  return (
    <html lang={pageLanguage(shop.locale)}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title === shop.name ? title : `${title} · ${shop.name}`}</title>
        <meta name="description" content={shop.tagline} />
        <meta name="theme-color" content={shop.theme.background} />
        {canonicalUrl && <link rel="canonical" href={canonicalUrl} />}
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href={stylesheet} />
        <link rel="stylesheet" href={theme} />
        {scripts.map((address) =>
          address.startsWith('/') ? (
            <script type="module" src={address} nonce={nonce} />
          ) : (
            <script defer src={address} nonce={nonce} />
          ),
        )}
      </head>
      <body>
        <a class="skip-link" href="#main">
          Skip to content
        </a>
        <header class="site-header">
          <div class="wrap">
            <a class="wordmark" href="/" aria-label={`${shop.name}, home`}>
              <ShopMark />
              <span>{shop.name}</span>
            </a>
            <nav class="site-nav" aria-label="Main">
              <a href="/#products" aria-current={current === 'home' ? 'page' : undefined}>
                Shop
              </a>
              <a href="/cart" aria-current={current === 'cart' ? 'page' : undefined}>
                Cart
                <CartCount units={cartUnits} />
              </a>
            </nav>
          </div>
        </header>
        <main id="main" tabindex={-1}>
          {children}
        </main>
        <footer class="site-footer">
          <div class="wrap">
            <p>
              {shop.name}. {shop.tagline}
            </p>
            <p>Prices are shown without tax; tax and delivery are added at checkout.</p>
          </div>
        </footer>
      </body>
    </html>
  );
};

/** The number beside “Cart”. Scripts rewrite it in place, so it is always there, and hidden when it is zero. */
const CartCount: FC<{ units: number }> = ({ units }) => (
  <span class="cart-count" data-cart-count hidden={units === 0}>
    <span class="visually-hidden">, items: </span>
    <span data-cart-units>{units}</span>
  </span>
);

/** A horizon: the same mark for each shop, in its own colours. */
const ShopMark: FC = () => (
  <svg viewBox="0 0 40 40" aria-hidden="true">
    <circle class="disc" cx="20" cy="20" r="20" />
    <path class="arc" d="M4 25a16 16 0 0 1 32 0z" />
  </svg>
);

/** The texts are English; the shop's locale refines that where it is an English one. */
function pageLanguage(locale: string): string {
  return locale.toLowerCase().startsWith('en') ? locale : 'en';
}
