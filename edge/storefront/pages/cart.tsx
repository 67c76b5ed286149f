import type { FC } from 'hono/jsx';
import { ProductArt } from '../art/product-art.tsx';
import { hasGoodsToDeliver, type PricedCart, type PricedLine } from '../cart-pricing.ts';
import type { PageLocale } from '../page-locale.ts';
import { Layout, type PageFrame } from './layout.tsx';
import { Price } from './price.tsx';
import { Stepper } from './stepper.tsx';
import { StockHint } from './stock-hint.tsx';

type CartPageProps = { frame: PageFrame; cart: PricedCart; script: string };

export const CartPage: FC<CartPageProps> = ({ frame, cart, script }) => (
  <Layout frame={frame} title={frame.locale.texts.cart} scripts={[script]} current="cart">
    <div class="wrap page">
      <h1>{frame.locale.texts.cart}</h1>
      <div data-status role="status" class="visually-hidden" />
      <div class="live" data-problem role="alert" />
      <div data-cart>
        {cart.lines.length === 0 ? (
          <EmptyCart locale={frame.locale} />
        ) : (
          <FullCart frame={frame} cart={cart} />
        )}
      </div>
    </div>
  </Layout>
);

const EmptyCart: FC<{ locale: PageLocale }> = ({ locale }) => (
  <div class="split">
    <div class="statement">
      <p class="lead">{locale.texts.cartIsEmpty}</p>
      <a class="button" href={locale.link('/#products')}>
        {locale.texts.seeProducts}
      </a>
    </div>
  </div>
);

const FullCart: FC<{ frame: PageFrame; cart: PricedCart }> = ({ frame, cart }) => {
  const { locale, shop } = frame;
  const { texts } = locale;
  return (
    <div class="split">
      <ul class="lines" aria-label={texts.cartLines}>
        {cart.lines.map((line, index) => (
          <CartRow line={line} index={index} locale={locale} />
        ))}
      </ul>
      <section class="summary" aria-labelledby="summary-title">
        <h2 id="summary-title">{texts.summary}</h2>
        <dl class="totals">
          <div class="sum">
            <dt>{texts.subtotal}</dt>
            <dd>
              <Price money={cart.subtotal} locale={locale} />
            </dd>
          </div>
        </dl>
        <p class="small muted">
          {hasGoodsToDeliver(cart) ? texts.taxAndDeliveryLater : texts.taxAndDepositsLater}
        </p>
        {!shop.mayTrade && <p class="notice">{texts.noOrdersNow}</p>}
        {!cart.complete && <p class="notice">{texts.removeUnsold}</p>}
        {shop.mayTrade && cart.complete && (
          <a class="button wide" href={locale.link('/checkout')}>
            {texts.checkOut}
          </a>
        )}
        <button type="button" class="text-button" data-clear>
          {texts.emptyCart}
        </button>
      </section>
    </div>
  );
};

type CartRowProps = { line: PricedLine; index: number; locale: PageLocale };

const CartRow: FC<CartRowProps> = ({ line, index, locale }) => {
  const { texts, catalogueLang, link } = locale;
  return (
    <li
      class="line-item"
      data-line={JSON.stringify(line.reference)}
      data-name={line.name}
      data-detail={line.detail}
      data-variant-key={line.variantKey}
    >
      <div class="panel medium">
        <ProductArt image={line.image} />
      </div>
      <div>
        <h3 lang={catalogueLang}>
          {line.path === undefined ? line.name : <a href={link(line.path)}>{line.name}</a>}
        </h3>
        {line.detail !== '' && <p class="small muted">{line.detail}</p>}
        <p class="small muted">
          {line.unitPrice === undefined ? (
            texts.noLongerSold
          ) : (
            <>
              <Price money={line.unitPrice} locale={locale} />{' '}
              {line.priceUnit === 'day' ? texts.perDay : texts.perUnit}
            </>
          )}
        </p>
        {line.unitPrice !== undefined && <StockHint />}
      </div>
      <p class="line-total">
        {line.total === undefined ? '–' : <Price money={line.total} locale={locale} />}
      </p>
      <div class="line-controls">
        {line.unitPrice !== undefined && (
          <Stepper
            id={`quantity-${index}`}
            label={texts.quantityOf(line.name)}
            value={line.reference.quantity}
            texts={texts}
          />
        )}
        <button
          type="button"
          class="text-button"
          data-remove
          aria-label={texts.removeLine(line.name)}
        >
          {texts.remove}
        </button>
      </div>
    </li>
  );
};
