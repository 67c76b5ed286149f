import { describe, expect, it } from 'vitest';
import type { CartLine } from '../../cart/cart.ts';
import { cartMark, priceCart } from '../cart-pricing.ts';
import type { PaymentUi } from '../config.ts';
import { pageLocale } from '../page-locale.ts';
import { pageAddresses } from '../seo/page-address.ts';
import { AURORA, AURORA_PRODUCTS, BOREALIS, BOREALIS_PRODUCTS } from '../testing/sample-shops.ts';
import { ENGLISH_PAGES } from '../texts/english-pages.ts';
import { CartPage } from './cart.tsx';
import { CheckoutPage } from './checkout.tsx';
import { HomePage } from './home.tsx';
import type { PageFrame } from './layout.tsx';
import { OrderPage } from './order.tsx';
import { ProblemPage } from './problem.tsx';
import { ProductPage } from './product.tsx';

const LOCALES = ['en-IE', 'de-DE'];

function frameIn(tag: string, shop = AURORA): PageFrame {
  return {
    ...FRAME,
    shop,
    locale: pageLocale(tag, shop.locale),
    addresses: pageAddresses('https://aurora.example', '/', {
      current: tag,
      all: LOCALES,
      fallback: 'en-IE',
    }),
  };
}

const FRAME: PageFrame = {
  shop: AURORA,
  locale: pageLocale('en-IE', AURORA.locale),
  locales: LOCALES,
  path: '/',
  addresses: undefined,
  nonce: 'n0nce',
  cartUnits: 3,
  miniCart: '/assets/mini-cart.1.js',
  stylesheet: '/assets/shop.1.css',
  theme: '/assets/theme.1.css',
};
const LINES: CartLine[] = [
  { sku: 'tee', quantity: 2, variantAttributes: { colour: 'red', size: 'm' } },
  { sku: 'mug', quantity: 1 },
];
const CART = priceCart({ id: 'cart_1', lines: LINES }, AURORA_PRODUCTS, 'EUR', 'en-IE');
const STAND_IN: PaymentUi = { kind: 'stand-in', standInUrl: 'http://127.0.0.1:12111' };
const STRIPE: PaymentUi = {
  kind: 'stripe',
  publishableKey: 'pk_test_1',
  stripeJsUrl: 'https://js.stripe.com/x.js',
};
const ORDER_ID = 'ord_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e';

const [tee] = AURORA_PRODUCTS;
const tent = BOREALIS_PRODUCTS.find(({ sku }) => sku === 'tent');
if (tee === undefined) throw new Error('the samples have changed');

/** Every page in a locale, by what it is called here. */
function pagesIn(tag: string): Record<string, string> {
  const frame = frameIn(tag);
  const [unsold, cart] = [[{ sku: 'gone', quantity: 1 }], LINES].map((lines) =>
    priceCart({ id: 'cart_1', lines }, AURORA_PRODUCTS, 'EUR', tag),
  );
  if (tee === undefined || tent === undefined || cart === undefined || unsold === undefined) {
    throw new Error('the samples have changed');
  }
  const checkout = (payment: PaymentUi) =>
    `${<CheckoutPage frame={frame} cart={cart} cartMark={cartMark(LINES)} payment={payment} script="/assets/c.js" />}`;
  return {
    home: `${<HomePage frame={frame} products={AURORA_PRODUCTS} />}`,
    product: `${<ProductPage frame={frame} product={tee} script="/assets/p.js" />}`,
    rental: `${<ProductPage frame={frameIn(tag, BOREALIS)} product={tent} script="/assets/p.js" />}`,
    cart: `${<CartPage frame={frame} cart={cart} script="/assets/cart.js" />}`,
    'empty cart': `${<CartPage frame={frame} cart={{ ...cart, lines: [] }} script="/assets/cart.js" />}`,
    'unsold cart': `${<CartPage frame={frame} cart={unsold} script="/assets/cart.js" />}`,
    checkout: checkout(STAND_IN),
    'checkout with Stripe': checkout(STRIPE),
    order: `${<OrderPage frame={frame} orderId={ORDER_ID} script="/assets/o.js" />}`,
    problem: `${<ProblemPage frame={frame} title="Nothing here" detail="Gone." requestId="r-1" />}`,
  };
}

const PAGES = pagesIn('en-IE');
const GERMAN = pagesIn('de-DE');

const everyPage = [
  ...Object.entries(PAGES).map(([name, html]) => [name, 'en-IE', html] as const),
  ...Object.entries(GERMAN).map(([name, html]) => [name, 'de-DE', html] as const),
];

function elements(html: string, tag: string): string[] {
  return html.match(new RegExp(`<${tag}(?: [^>]*)?>`, 'g')) ?? [];
}

function attribute(element: string, name: string): string | undefined {
  return new RegExp(` ${name}="([^"]*)"`).exec(element)?.[1];
}

describe.each(everyPage)('the %s page in %s', (_name, tag, html) => {
  it('names every field', () => {
    for (const input of [...elements(html, 'input'), ...elements(html, 'select')]) {
      const id = attribute(input, 'id');
      const labelled = id !== undefined && html.includes(`<label for="${id}"`);
      const wrapped = new RegExp(`<label[^>]*>\\s*${literally(input)}`).test(html);
      expect(labelled || wrapped, input).toBe(true);
    }
  });

  it('names every button and link', () => {
    for (const [, tag = '', attributes = '', content = ''] of html.matchAll(
      /<(button|a)((?: [^>]*)?)>(.*?)<\/\1>/gs,
    )) {
      const text = content.replace(/<[^>]*>/g, '').trim();
      expect(text !== '' || attributes.includes('aria-label='), `<${tag}${attributes}>`).toBe(true);
    }
  });

  it('hides each decorative drawing, and names the others', () => {
    for (const svg of elements(html, 'svg')) {
      expect(/ aria-hidden="true"| aria-label="[^"]+"/.test(svg), svg).toBe(true);
    }
  });

  it('has one main heading, one main landmark, a skip link to it, and a language', () => {
    expect(elements(html, 'h1')).toHaveLength(1);
    expect(elements(html, 'main')).toHaveLength(1);
    expect(html).toMatch(/<body><a class="skip-link" href="#main">.*<main id="main"/s);
    const [document = ''] = elements(html, 'html');
    expect(attribute(document, 'lang')).toBe(tag);
    expect(attribute(document, 'data-locale')).toBe(tag);
  });

  it('uses each id once', () => {
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has no inline script, style or handler, and the nonce on each script', () => {
    for (const script of elements(html, 'script')) {
      expect(attribute(script, 'src')).toBeDefined();
      expect(attribute(script, 'nonce')).toBe('n0nce');
    }
    expect(html).not.toMatch(/<style| style="| on[a-z]+="/);
  });

  it('says nothing of stock', () => {
    const words = html.replace(/<[^>]*>/g, ' ');
    expect(words).not.toMatch(/stock|available|sold out|\bleft\b|hurry/i);
    expect(words).not.toMatch(/vorrat|vorrätig|verfügbar|ausverkauft|nur noch/i);
  });

  it('leads to pages of its own locale, and to itself in the others', () => {
    const links = elements(html, 'a').map((link) => ({
      href: attribute(link, 'href') ?? '',
      other: attribute(link, 'hreflang'),
    }));
    for (const { href, other } of links) {
      if (!href.startsWith('#')) expect(href.startsWith(`/${other ?? tag}/`), href).toBe(true);
    }
    expect(links.filter(({ other }) => other !== undefined)).toEqual([
      { href: '/en-IE/', other: 'en-IE' },
      { href: '/de-DE/', other: 'de-DE' },
    ]);
  });
});

describe('the home page', () => {
  it('shows each product with its price in the shop’s own money', () => {
    expect(PAGES.home).toContain('href="/en-IE/products/tee"');
    expect(PAGES.home).toContain('€32.00');
    expect(PAGES.rental).toContain('$19.00');
  });
});

describe('a German page', () => {
  it('has our words in German, and money and days as Germany writes them', () => {
    expect(GERMAN.home).toContain('Alles im Shop');
    expect(GERMAN.home).toContain('32,00\u00a0€');
    expect(GERMAN.order).toContain('In Bearbeitung\u00a0…');
    expect(GERMAN.order).not.toMatch(/bestätigt/i);
    const texts = Object.entries(ENGLISH_PAGES).filter(([, text]) => typeof text === 'string');
    for (const [name, html] of Object.entries(GERMAN)) {
      const words = html
        .replace(/<[^>]*>/g, '\n')
        .split('\n')
        .map((word) => word.trim());
      // “Shop” is a word of both; the catalogue of this one is in English.
      const english = texts.filter(([key, text]) => key !== 'shop' && words.includes(`${text}`));
      expect(english, name).toEqual(name === 'problem' ? [['nothingHere', 'Nothing here']] : []);
    }
  });

  it('says that the catalogue’s words are in another language', () => {
    expect(GERMAN.product).toContain('<h1 lang="en-IE">Heavy cotton tee</h1>');
    expect(PAGES.product).toContain('<h1>Heavy cotton tee</h1>');
  });
});

describe('a page of a language that we have no words in', () => {
  it('has English ones and says so, and writes money as its country does', () => {
    const frame = { ...frameIn('fr-FR'), locales: ['fr-FR'] };
    const html = `${<HomePage frame={frame} products={AURORA_PRODUCTS} />}`;
    expect(html).toContain('<html lang="en" data-locale="fr-FR">');
    expect(html).toContain('Everything in the shop');
    expect(html).toContain('32,00\u00a0€');
    expect(html).toContain('href="/fr-FR/cart"');
  });
});

describe('for search engines', () => {
  it('a page says where it is at home, in each locale', () => {
    expect(elements(GERMAN.home ?? '', 'link').slice(0, 4)).toEqual([
      '<link rel="canonical" href="https://aurora.example/de-DE/"/>',
      '<link rel="alternate" hreflang="en-IE" href="https://aurora.example/en-IE/"/>',
      '<link rel="alternate" hreflang="de-DE" href="https://aurora.example/de-DE/"/>',
      '<link rel="alternate" hreflang="x-default" href="https://aurora.example/en-IE/"/>',
    ]);
    expect(GERMAN.home).not.toContain('noindex');
  });

  it('a page that is not for them says so, and nothing else', () => {
    const html = `${<CartPage frame={FRAME} cart={CART} script="/assets/cart.js" />}`;
    expect(html).toContain('<meta name="robots" content="noindex"/>');
    expect(html).not.toMatch(/rel="(canonical|alternate)"/);
  });
});

describe('the language switcher', () => {
  it('marks the language that is shown', () => {
    expect(elements(GERMAN.cart ?? '', 'a').filter((link) => link.includes('hreflang'))).toEqual([
      '<a href="/en-IE/" hreflang="en-IE" lang="en-IE">',
      '<a href="/de-DE/" hreflang="de-DE" lang="de-DE" aria-current="true">',
    ]);
  });

  it('is not there where the host has one locale', () => {
    const html = `${<HomePage frame={{ ...FRAME, locales: ['en-IE'] }} products={[]} />}`;
    expect(html).not.toContain('hreflang');
  });
});

describe('the product page', () => {
  it('offers each option as a group of radio buttons with one of them chosen', () => {
    const radios = elements(PAGES.product ?? '', 'input').filter((input) =>
      input.includes('type="radio"'),
    );
    expect(radios).toHaveLength(3 + 4);
    expect(radios.filter((input) => input.includes(' checked'))).toHaveLength(2);
    expect(PAGES.product).toContain('<legend>Colour</legend>');
    expect(PAGES.product).toContain('<legend>Size</legend>');
  });

  it('asks for the days of a rental, and says what the deposit is', () => {
    expect(PAGES.rental).toContain('type="date"');
    expect(PAGES.rental).toContain('$120.00');
  });

  it('offers nothing to buy in a shop that does not trade', () => {
    const closed = { ...FRAME, shop: { ...AURORA, mayTrade: false } };
    const html = `${<ProductPage frame={closed} product={tee} script="/assets/p.js" />}`;
    expect(html).not.toContain('<form');
    expect(html).toContain('does not take orders');
  });

  it('writes a hostile catalogue’s words as words', () => {
    const hostile = {
      ...tee,
      name: '<script>alert(1)</script>',
      image: { kind: 'constructor', colour: '"><script>' },
    };
    const html = `${<ProductPage frame={FRAME} product={hostile} script="/assets/p.js" />}`;
    expect(html).not.toContain('<script>');
    expect(html).toContain('&lt;script&gt;');
  });
});

describe('the cart page', () => {
  it('names each stepper and each remove button by its product', () => {
    for (const label of [
      'Quantity of Stoneware mug',
      'Quantity of Stoneware mug: one more',
      'Remove Stoneware mug',
    ]) {
      expect(PAGES.cart).toContain(label);
    }
  });

  it('lets nobody check out what is no longer sold', () => {
    const cart = priceCart(
      { id: 'c', lines: [{ sku: 'gone', quantity: 1 }] },
      AURORA_PRODUCTS,
      'EUR',
      'en-IE',
    );
    const html = `${<CartPage frame={FRAME} cart={cart} script="/assets/cart.js" />}`;
    expect(html).toContain('No longer sold');
    expect(html).not.toContain('href="/en-IE/checkout"');
    expect(html).toContain('aria-label="Remove gone"');
  });
});

describe('the checkout page', () => {
  it('sends nothing until its script runs: a form sent by the browser would put the e-mail address into the URL', () => {
    expect(PAGES.checkout).toMatch(/<button[^>]*type="submit"[^>]* disabled=""[^>]*>Continue/);
  });

  it('labels the local payment form as a test', () => {
    expect(PAGES.checkout).toContain('Local test payment');
    expect(PAGES.checkout).not.toContain('js.stripe.com');
  });

  it('asks where the goods shall go, and adds what that costs', () => {
    expect(PAGES.checkout).toContain('<option value="IE" selected="">Ireland</option>');
    expect(PAGES.checkout).toMatch(/Delivery<\/dt>.*€4\.90.*Before tax<\/dt>.*€92\.90/s);
  });

  it('asks nothing of delivery where all is lent out, or where the shop delivers nothing', () => {
    const lines = [{ sku: 'tent', quantity: 1, rental: { from: '2026-12-01', to: '2026-12-03' } }];
    const lent = priceCart({ id: 'cart_1', lines }, BOREALIS_PRODUCTS, 'USD', 'en-IE');
    const { shippingRates: _rates, ...withoutRates } = AURORA;
    for (const [shop, cart] of [[BOREALIS, lent] as const, [withoutRates, CART] as const]) {
      const html = `${<CheckoutPage frame={{ ...FRAME, shop }} cart={cart} cartMark="" payment={STAND_IN} script="/c.js" />}`;
      expect(html).not.toContain('<select');
      expect(html).not.toMatch(/data-delivery|Delivery</);
    }
  });

  it('loads Stripe.js, and asks for the address that Stripe needs, where Stripe is the provider', () => {
    const html = PAGES['checkout with Stripe'] ?? '';
    expect(html).toContain('<script defer="" src="https://js.stripe.com/x.js"');
    expect(html).not.toContain('Local test payment');
    const email = elements(html, 'input').find((input) => input.includes('id="email"')) ?? '';
    expect(email).toContain(' required');
  });

  it('gives the script a name for each variant', () => {
    expect(PAGES.checkout).toContain('data-variant-key="v1:tee?colour=red&amp;size=m"');
    expect(PAGES.checkout).toContain('data-name="Heavy cotton tee (Red, M)"');
  });
});

describe('the order page', () => {
  it('says “Processing…” from the first byte, and never “Confirmed” by itself', () => {
    expect(PAGES.order).toContain('Processing…');
    expect(PAGES.order).not.toMatch(/confirmed/i);
    expect(PAGES.order).toContain('role="status" aria-live="polite"');
  });
});

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
