import type { Product, Shop } from '@commerce/generated/node-v1/client/types.gen.ts';
import type { FC } from 'hono/jsx';
import { ProductArt } from '../art/product-art.tsx';
import type { PageLocale } from '../page-locale.ts';
import { productPath } from '../page-paths.ts';
import { Layout, type PageFrame } from './layout.tsx';
import { Price } from './price.tsx';

export const HomePage: FC<{ frame: PageFrame; products: readonly Product[] }> = ({
  frame,
  products,
}) => (
  <Layout frame={frame} title={frame.shop.name} current="home">
    <Hero shop={frame.shop} locale={frame.locale} featured={products[0]} />
    <section class="wrap page" id="products" aria-labelledby="products-title">
      <div class="shelf-head">
        <h2 id="products-title">{frame.locale.texts.allProducts}</h2>
        <p class="muted">{frame.locale.texts.productCount(products.length)}</p>
      </div>
      <ul class="grid">
        {products.map((product) => (
          <ProductCard product={product} locale={frame.locale} />
        ))}
      </ul>
    </section>
  </Layout>
);

type HeroProps = { shop: Shop; locale: PageLocale; featured: Product | undefined };

const Hero: FC<HeroProps> = ({ shop, locale, featured }) => (
  <section class="hero" aria-labelledby="hero-title">
    <div class="hero-inner">
      <div class="hero-copy">
        <h1 id="hero-title" lang={locale.catalogueLang}>
          {shop.tagline}
        </h1>
        <a class="button" href="#products">
          {shop.mayTrade ? locale.texts.collectionLink : locale.texts.lookAroundLink}
        </a>
      </div>
      <div class="hero-art">{featured && <ProductArt image={featured.image} />}</div>
    </div>
  </section>
);

const ProductCard: FC<{ product: Product; locale: PageLocale }> = ({ product, locale }) => (
  <li class="card">
    <div class="panel tall">
      <ProductArt image={product.image} />
      {product.kind === 'rental' && <span class="tag">{locale.texts.toRent}</span>}
    </div>
    <div class="card-text">
      <h3>
        <a href={locale.link(productPath(product.sku))} lang={locale.catalogueLang}>
          {product.name}
        </a>
      </h3>
      <p>
        <Price money={product.unitPrice} locale={locale} />
        {product.kind === 'rental' && <span class="muted"> {locale.texts.perDay}</span>}
      </p>
    </div>
  </li>
);
