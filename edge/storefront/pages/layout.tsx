import type { Shop } from '@commerce/generated/node-v1/client/types.gen.ts';
import type { Child, FC } from 'hono/jsx';
import { localeNames } from '../locale-names.ts';
import type { PageLocale } from '../page-locale.ts';
import { localePath } from '../page-paths.ts';
import type { PageAddresses } from '../seo/page-address.ts';

/** What every page needs besides its own content. */
export type PageFrame = {
  shop: Shop;
  locale: PageLocale;
  /** All that the host has, in the order to show them. */
  locales: readonly string[];
  /** Of this page, without its locale. */
  path: string;
  /** Where this page is at home; absent where search engines shall not show it. */
  addresses: PageAddresses | undefined;
  /** Of this one response's security policy. */
  nonce: string;
  /** Units in the buyer's cart. */
  cartUnits: number;
  /** Address of the script that fills the mini-cart. */
  miniCart: string;
  /** Addresses of the stylesheets: the one of all shops, and this shop's theme. */
  stylesheet: string;
  theme: string;
};

type LayoutProps = {
  frame: PageFrame;
  title: string;
  /** Of this page, for search engines. Default: the shop's. */
  description?: string;
  /** Addresses of the page's scripts in their order: modules of ours, and classic ones from elsewhere. */
  scripts?: readonly string[];
  current?: 'home' | 'cart';
  children: Child;
};

/** The document around every page: skip link, header, one main landmark, footer. */
export const Layout: FC<LayoutProps> = (props) => {
  const { frame, title, description, scripts = [], current, children } = props;
  const { shop, locale, nonce, stylesheet, theme } = frame;
  const { texts, link } = locale;
  return (
    <html lang={locale.lang} data-locale={locale.tag}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title === shop.name ? title : `${title} · ${shop.name}`}</title>
        <meta name="description" content={description ?? shop.tagline} />
        <meta name="theme-color" content={shop.theme.background} />
        <SearchMarks addresses={frame.addresses} />
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href={stylesheet} />
        <link rel="stylesheet" href={theme} />
        {[...scripts, ...(current === 'cart' ? [] : [frame.miniCart])].map((address) =>
          address.startsWith('/') ? (
            <script type="module" src={address} nonce={nonce} />
          ) : (
            <script defer src={address} nonce={nonce} />
          ),
        )}
      </head>
      <body>
        <a class="skip-link" href="#main">
          {texts.skipLink}
        </a>
        <header class="site-header">
          <div class="wrap">
            <a class="wordmark" href={link('/')} aria-label={texts.homeLink(shop.name)}>
              <ShopMark />
              <span>{shop.name}</span>
            </a>
            <nav class="site-nav" aria-label={texts.mainNavigation}>
              <a href={link('/#products')} aria-current={current === 'home' ? 'page' : undefined}>
                {texts.shop}
              </a>
              <a href={link('/cart')} aria-current={current === 'cart' ? 'page' : undefined}>
                {texts.cart}
                {current === 'cart' && <CartCount frame={frame} />}
              </a>
              {current !== 'cart' && <MiniCart frame={frame} />}
            </nav>
          </div>
        </header>
        <main id="main" tabindex={-1}>
          {children}
        </main>
        <footer class="site-footer">
          <div class="wrap">
            <p lang={locale.catalogueLang}>
              {shop.name}. {shop.tagline}
            </p>
            <p>{texts.taxNote}</p>
            <LanguageSwitcher frame={frame} />
          </div>
        </footer>
      </body>
    </html>
  );
};

/** Where the page is at home in each locale, or that it is not for search engines. */
const SearchMarks: FC<{ addresses: PageAddresses | undefined }> = ({ addresses }) =>
  addresses === undefined ? (
    <meta name="robots" content="noindex" />
  ) : (
    <>
      <link rel="canonical" href={addresses.canonical} />
      {addresses.alternates.map(({ hreflang, href }) => (
        <link rel="alternate" hreflang={hreflang} href={href} />
      ))}
    </>
  );

/** This page in the host's other locales. Each is called as its own speakers call it. */
const LanguageSwitcher: FC<{ frame: PageFrame }> = ({ frame: { locale, locales, path } }) =>
  locales.length < 2 ? null : (
    <nav class="languages" aria-label={locale.texts.languages}>
      {localeNames(locales).map(({ tag, name }) => (
        <a
          href={localePath(tag, path)}
          hreflang={tag}
          lang={tag}
          aria-current={tag === locale.tag ? 'true' : undefined}
        >
          {name}
        </a>
      ))}
    </nav>
  );

/** The number beside “Cart”. Scripts rewrite it in place, so it is always there, and hidden when it is zero. */
const CartCount: FC<{ frame: PageFrame }> = ({ frame: { cartUnits, locale } }) => (
  <span class="cart-count" data-cart-count hidden={cartUnits === 0}>
    <span class="visually-hidden">{locale.texts.cartItems}</span>
    <span data-cart-units>{cartUnits}</span>
  </span>
);

/**
 * The same number, which opens what is in the cart. Its lines are filled in by a script; without one it leads to the
 * cart, as the link beside it does.
 */
const MiniCart: FC<{ frame: PageFrame }> = ({ frame: { cartUnits, locale } }) => (
  <details class="mini-cart" data-mini-cart data-cart-count hidden={cartUnits === 0}>
    <summary>
      <span class="cart-count">
        <span class="visually-hidden">{`${locale.texts.showCartContents}${locale.texts.cartItems}`}</span>
        <span data-cart-units>{cartUnits}</span>
        <svg viewBox="0 0 10 6" aria-hidden="true">
          <path d="M1 1l4 4 4-4" />
        </svg>
      </span>
    </summary>
    <div class="mini-cart-panel">
      <ul data-mini-lines aria-label={locale.texts.cartLines} />
      <a class="button wide" href={locale.link('/cart')}>
        {locale.texts.goToCart}
      </a>
    </div>
  </details>
);

/** A horizon: the same mark for each shop, in its own colours. */
const ShopMark: FC = () => (
  <svg viewBox="0 0 40 40" aria-hidden="true">
    <circle class="disc" cx="20" cy="20" r="20" />
    <path class="arc" d="M4 25a16 16 0 0 1 32 0z" />
  </svg>
);
