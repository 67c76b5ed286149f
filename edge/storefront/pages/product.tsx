import { formatMinor } from '@commerce/contracts/vocabulary/money.ts';
import type { Product } from '@commerce/generated/node-v1/client/types.gen.ts';
import type { FC } from 'hono/jsx';
import { ProductArt } from '../art/product-art.tsx';
import { valueLabel } from '../cart-pricing.ts';
import type { PageLocale } from '../page-locale.ts';
import { isColourOption, optionColour } from '../product-colour.ts';
import type { PageTexts } from '../texts/page-texts.ts';
import { Layout, type PageFrame } from './layout.tsx';
import { Price } from './price.tsx';
import { Stepper } from './stepper.tsx';
import { StockHint } from './stock-hint.tsx';
import { variantData } from './variant-data.ts';

type ProductPageProps = { frame: PageFrame; product: Product; script: string };

export const ProductPage: FC<ProductPageProps> = ({ frame, product, script }) => {
  const { shop, locale } = frame;
  const { texts, catalogueLang } = locale;
  return (
    <Layout frame={frame} title={product.name} description={product.description} scripts={[script]}>
      <div class="wrap page">
        <div class="product">
          <div class="panel large">
            <ProductArt image={product.image} title={texts.drawingOf(product.name)} />
          </div>
          <div class="product-info">
            <div>
              <a class="back" href={locale.link('/#products')}>
                ← {texts.backToProducts}
              </a>
              <h1 lang={catalogueLang}>{product.name}</h1>
            </div>
            <PriceLine product={product} locale={locale} />
            <p class="lead" lang={catalogueLang}>
              {product.description}
            </p>
            {shop.mayTrade ? (
              <BuyForm product={product} locale={locale} />
            ) : (
              <p class="notice">{texts.shopTakesNoOrders(shop.name)}</p>
            )}
          </div>
        </div>
      </div>
    </Layout>
  );
};

const PriceLine: FC<{ product: Product; locale: PageLocale }> = ({ product, locale }) => (
  <p class="price">
    <span>
      <span data-price>
        <Price money={product.unitPrice} locale={locale} />
      </span>
      {product.kind === 'rental' && <span class="muted"> {locale.texts.perDay}</span>}
    </span>
    {product.deposit && (
      <span class="hint">
        {locale.texts.depositNote(
          formatMinor(product.deposit.amount, product.deposit.currency, locale.tag),
        )}
      </span>
    )}
  </p>
);

const BuyForm: FC<{ product: Product; locale: PageLocale }> = ({ product, locale }) => (
  <form
    data-buy
    data-sku={product.sku}
    data-name={product.name}
    data-variants={JSON.stringify(variantData(product, locale.tag))}
  >
    {product.options.map((option, index) => (
      <OptionGroup product={product} index={index} option={option} lang={locale.catalogueLang} />
    ))}
    {product.kind === 'rental' && <RentalDays texts={locale.texts} />}
    <div class="actions">
      <Stepper
        id="quantity"
        label={locale.texts.quantity}
        value={1}
        visibleLabel
        texts={locale.texts}
      />
    </div>
    <StockHint />
    <button class="button wide" type="submit">
      {locale.texts.addToCart}
    </button>
    <div data-status role="status" />
    <noscript>
      <p class="notice">{locale.texts.cartNeedsScript}</p>
    </noscript>
  </form>
);

type OptionGroupProps = {
  product: Product;
  index: number;
  option: Product['options'][number];
  lang: string | undefined;
};

const OptionGroup: FC<OptionGroupProps> = ({ product, index, option, lang }) => {
  const colourOf = (value: string) =>
    isColourOption(option.name) ? optionColour(product, value) : undefined;
  const preset = product.variants[0]?.variantAttributes[option.name] ?? option.values[0];
  return (
    <fieldset lang={lang}>
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

const RentalDays: FC<{ texts: PageTexts }> = ({ texts }) => (
  <fieldset>
    <legend>{texts.rentalDays}</legend>
    <div class="days">
      <div class="field">
        <label for="rental-from">{texts.firstDay}</label>
        <input id="rental-from" name="from" type="date" class="text-input" required />
      </div>
      <div class="field">
        <label for="rental-to">{texts.lastDay}</label>
        <input id="rental-to" name="to" type="date" class="text-input" required />
      </div>
    </div>
  </fieldset>
);
