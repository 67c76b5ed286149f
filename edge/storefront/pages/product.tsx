import type { Product } from '@commerce/generated/node-v1/client/types.gen.ts';
import type { FC } from 'hono/jsx';
import { ProductArt } from '../art/product-art.tsx';
import { valueLabel } from '../cart-pricing.ts';
import { isColourOption, optionColour } from '../product-colour.ts';
import { Layout, type PageFrame } from './layout.tsx';
import { Price } from './price.tsx';
import { Stepper } from './stepper.tsx';
import { variantData } from './variant-data.ts';

type ProductPageProps = { frame: PageFrame; product: Product; script: string };

export const ProductPage: FC<ProductPageProps> = ({ frame, product, script }) => (
  <Layout frame={frame} title={product.name} scripts={[script]}>
    <div class="wrap page">
      <div class="product">
        <div class="panel large">
          <ProductArt image={product.image} title={`Drawing of ${product.name}`} />
        </div>
        <div class="product-info">
          <div>
            <a class="back" href="/#products">
              ← All products
            </a>
            <h1>{product.name}</h1>
          </div>
          <PriceLine product={product} locale={frame.shop.locale} />
          <p class="lead">{product.description}</p>
          {frame.shop.mayTrade ? (
            <BuyForm product={product} locale={frame.shop.locale} />
          ) : (
            <p class="notice">{frame.shop.name} does not take orders at the moment.</p>
          )}
        </div>
      </div>
    </div>
  </Layout>
);

const PriceLine: FC<{ product: Product; locale: string }> = ({ product, locale }) => (
  <p class="price">
    <span>
      <span data-price>
        <Price money={product.unitPrice} locale={locale} />
      </span>
      {product.kind === 'rental' && <span class="muted"> a day</span>}
    </span>
    {product.deposit && (
      <span class="hint">
        and a deposit of <Price money={product.deposit} locale={locale} />, which you get back
      </span>
    )}
  </p>
);

const BuyForm: FC<{ product: Product; locale: string }> = ({ product, locale }) => (
  <form
    data-buy
    data-sku={product.sku}
    data-name={product.name}
    data-variants={JSON.stringify(variantData(product, locale))}
  >
    {product.options.map((option, index) => (
      <OptionGroup product={product} index={index} option={option} />
    ))}
    {product.kind === 'rental' && <RentalDays />}
    <div class="actions">
      <Stepper id="quantity" label="Quantity" value={1} visibleLabel />
    </div>
    <button class="button wide" type="submit">
      Add to cart
    </button>
    <div data-status role="status" />
    <noscript>
      <p class="notice">The cart needs JavaScript. Please allow it for this shop.</p>
    </noscript>
  </form>
);

type OptionGroupProps = { product: Product; index: number; option: Product['options'][number] };

const OptionGroup: FC<OptionGroupProps> = ({ product, index, option }) => {
  const colourOf = (value: string) =>
    isColourOption(option.name) ? optionColour(product, value) : undefined;
  const preset = product.variants[0]?.variantAttributes[option.name] ?? option.values[0];
  return (
    <fieldset>
      <legend>{valueLabel(option.name)}</legend>
      <div class="pills">
        {option.values.map((value) => (
          <label class="pill">
            <input
              type="radio"
              name={`option-${index}`}
              value={value}
              data-option={option.name}
              data-colour={colourOf(value)}
              checked={value === preset}
              required
            />
            <span class="pill-face">
              <Swatch colour={colourOf(value)} />
              {valueLabel(value)}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
};

const Swatch: FC<{ colour: string | undefined }> = ({ colour }) =>
  colour === undefined ? null : (
    <svg viewBox="0 0 20 20" aria-hidden="true">
      <circle cx="10" cy="10" r="9" fill={colour} />
    </svg>
  );

const RentalDays: FC = () => (
  <fieldset>
    <legend>When do you need it?</legend>
    <div class="days">
      <div class="field">
        <label for="rental-from">First day</label>
        <input id="rental-from" name="from" type="date" class="text-input" required />
      </div>
      <div class="field">
        <label for="rental-to">Last day</label>
        <input id="rental-to" name="to" type="date" class="text-input" required />
      </div>
    </div>
  </fieldset>
);
