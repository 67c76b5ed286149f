import type { Product, Shop } from '@commerce/generated/node-v1/client/types.gen.ts';
import type { FC } from 'hono/jsx';
import { ProductArt } from '../art/product-art.tsx';
import { Layout, type PageFrame } from './layout.tsx';
import { Price } from './price.tsx';

export const HomePage: FC<{ frame: PageFrame; products: readonly Product[] }> = ({
  frame,
  products,
}) => (
  <Layout frame={frame} title={frame.shop.name} current="home">
    <Hero shop={frame.shop} featured={products[0]} />
    <section class="wrap page" id="products" aria-labelledby="products-title">
      <div class="shelf-head">
        <h2 id="products-title">Everything in the shop</h2>
        <p class="muted">{products.length === 1 ? '1 product' : `${products.length} products`}</p>
      </div>
      <ul class="grid">
        {products.map((product) => (
          <ProductCard product={product} locale={frame.shop.locale} />
        ))}
      </ul>
    </section>
  </Layout>
);

const Hero: FC<{ shop: Shop; featured: Product | undefined }> = ({ shop, featured }) => (
  <section class="hero" aria-labelledby="hero-title">
    <div class="hero-inner">
      <div class="hero-copy">
        <h1 id="hero-title">{shop.tagline}</h1>
        <a class="button" href="#products">
          {shop.mayTrade ? 'See the collection' : 'Look around'}
        </a>
      </div>
      <div class="hero-art">{featured && <ProductArt image={featured.image} />}</div>
    </div>
  </section>
);

const ProductCard: FC<{ product: Product; locale: string }> = ({ product, locale }) => (
  <li class="card">
    <div class="panel tall">
      <ProductArt image={product.image} />
      {product.kind === 'rental' && <span class="tag">To rent</span>}
    </div>
    <div class="card-text">
      <h3>
        <a href={`/products/${encodeURIComponent(product.sku)}`}>{product.name}</a>
      </h3>
      <p>
        <Price money={product.unitPrice} locale={locale} />
        {product.kind === 'rental' && <span class="muted"> a day</span>}
      </p>
    </div>
  </li>
);
