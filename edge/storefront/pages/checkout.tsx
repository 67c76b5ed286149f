import type { Money } from '@commerce/contracts/vocabulary/money.ts';
import type { FC } from 'hono/jsx';
import { ProductArt } from '../art/product-art.tsx';
import { hasGoodsToDeliver, type PricedCart } from '../cart-pricing.ts';
import type { PaymentUi } from '../config.ts';
import { type DeliveryPlace, deliveryPlaces } from '../delivery.ts';
import type { PageLocale } from '../page-locale.ts';
import { DeliveryFields } from './delivery-fields.tsx';
import { Layout, type PageFrame } from './layout.tsx';
import { StandInPayment, StripePayment } from './payment-step.tsx';
import { Price } from './price.tsx';
import { StockHint } from './stock-hint.tsx';

type CheckoutPageProps = {
  frame: PageFrame;
  cart: PricedCart;
  /** Stands for this cart as it is now; a checkout that was started for another one is not resumed. */
  cartMark: string;
  payment: PaymentUi;
  script: string;
};

export const CheckoutPage: FC<CheckoutPageProps> = (props) => {
  const { frame, cart, cartMark, payment, script } = props;
  const { locale, shop } = frame;
  const { texts } = locale;
  const tags = { page: locale.tag, shop: shop.locale, words: locale.lang };
  const places = hasGoodsToDeliver(cart) ? deliveryPlaces(shop.shippingRates ?? [], tags) : [];
  return (
    <Layout frame={frame} title={texts.checkout} scripts={scriptsOf(payment, script)}>
      <div
        class="wrap page"
        data-checkout
        data-cart-id={cart.id}
        data-cart-mark={cartMark}
        {...paymentData(payment)}
      >
        <h1>{texts.checkout}</h1>
        <div class="split">
          <div>
            <div class="live status-line" data-status role="status" />
            <div class="live" data-problem role="alert" tabindex={-1} />
            <DetailsStep payment={payment} places={places} locale={locale} />
            {payment.kind === 'stripe' ? (
              <StripePayment texts={texts} />
            ) : (
              <StandInPayment texts={texts} />
            )}
          </div>
          <OrderSummary cart={cart} places={places} locale={locale} />
        </div>
      </div>
    </Layout>
  );
};

/** What the browser's script must know of the payment form, as data attributes. */
function paymentData(payment: PaymentUi): Record<string, string> {
  return payment.kind === 'stripe'
    ? { 'data-publishable-key': payment.publishableKey }
    : { 'data-stand-in-url': payment.standInUrl };
}

function scriptsOf(payment: PaymentUi, script: string): string[] {
  return payment.kind === 'stripe' ? [payment.stripeJsUrl, script] : [script];
}

type DetailsStepProps = { payment: PaymentUi; places: DeliveryPlace[]; locale: PageLocale };

const DetailsStep: FC<DetailsStepProps> = ({ payment, places, locale }) => {
  const { texts } = locale;
  // Stripe takes no payment in its elements without an address to send the receipt to.
  const emailRequired = payment.kind === 'stripe';
  return (
    <form class="step" data-start aria-labelledby="details-title">
      <h2 id="details-title">{texts.yourDetails}</h2>
      <div class="field">
        <label for="email">
          {texts.email} {!emailRequired && <span class="hint">{texts.optional}</span>}
        </label>
        <input
          id="email"
          type="email"
          class="text-input"
          autocomplete="email"
          maxlength={254}
          required={emailRequired}
          aria-describedby="email-hint"
        />
        <p class="hint" id="email-hint">
          {texts.emailHint}
        </p>
      </div>
      {places.length > 0 && <DeliveryFields places={places} locale={locale} />}
      {/* Nothing is sent by the browser itself, which would put the e-mail address, had it a name, into the page's URL. */}
      <button class="button" type="submit" disabled autocomplete="off">
        {texts.continueToPayment}
      </button>
      <noscript>
        <p class="notice">{texts.checkoutNeedsScript}</p>
      </noscript>
    </form>
  );
};

type OrderSummaryProps = { cart: PricedCart; places: DeliveryPlace[]; locale: PageLocale };

const OrderSummary: FC<OrderSummaryProps> = ({ cart, places, locale }) => (
  <section class="summary" aria-labelledby="summary-title">
    <h2 id="summary-title">{locale.texts.yourOrder}</h2>
    <ul class="summary-lines">
      {cart.lines.map((line) => (
        <li data-variant-key={line.variantKey} data-name={line.fullName}>
          <div class="panel small">
            <ProductArt image={line.image} />
          </div>
          <div>
            <h3 lang={locale.catalogueLang}>
              {line.name} <span class="muted">× {line.reference.quantity}</span>
            </h3>
            {line.detail !== '' && <p class="small muted">{line.detail}</p>}
            <StockHint />
          </div>
          <p class="small">{line.total && <Price money={line.total} locale={locale} />}</p>
        </li>
      ))}
    </ul>
    <dl class="totals" data-totals>
      <ExpectedTotals cart={cart} places={places} locale={locale} />
    </dl>
    <p class="small muted" data-totals-note>
      {cart.lines.some(({ priceUnit }) => priceUnit === 'day')
        ? locale.texts.taxAndDepositsNext
        : locale.texts.taxNext}
    </p>
    <a href={locale.link('/cart')}>{locale.texts.changeCart}</a>
  </section>
);

/** What is known before the server has taken the order: the goods, and the delivery as it is chosen now. */
const ExpectedTotals: FC<OrderSummaryProps> = ({ cart: { subtotal }, places, locale }) => {
  const { texts } = locale;
  const delivery = places.find(({ chosen }) => chosen)?.rates[0]?.amount;
  if (delivery === undefined)
    return <TotalRow name={texts.subtotal} money={subtotal} locale={locale} sum />;
  const sum = { ...subtotal, amount: subtotal.amount + delivery.amount };
  return (
    <>
      <TotalRow name={texts.subtotal} money={subtotal} locale={locale} />
      <TotalRow name={texts.delivery} money={delivery} locale={locale} mark="delivery" />
      <TotalRow name={texts.beforeTax} money={sum} locale={locale} mark="before-tax" sum />
    </>
  );
};

type TotalRowProps = {
  name: string;
  money: Money;
  locale: PageLocale;
  mark?: string;
  sum?: boolean;
};

const TotalRow: FC<TotalRowProps> = ({ name, money, locale, mark, sum = false }) => (
  <div class={sum ? 'sum' : undefined}>
    <dt>{name}</dt>
    <dd data-amount={money.amount} data-total={mark}>
      <Price money={money} locale={locale} />
    </dd>
  </div>
);
