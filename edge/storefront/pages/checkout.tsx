import type { FC } from 'hono/jsx';
import { ProductArt } from '../art/product-art.tsx';
import type { PricedCart } from '../cart-pricing.ts';
import type { PaymentUi } from '../config.ts';
import { Layout, type PageFrame } from './layout.tsx';
import { StandInPayment, StripePayment } from './payment-step.tsx';
import { Price } from './price.tsx';

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
  return (
    <Layout frame={frame} title="Checkout" scripts={scriptsOf(payment, script)}>
      <div
        class="wrap page"
        data-checkout
        data-cart-id={cart.id}
        data-cart-mark={cartMark}
        data-locale={frame.shop.locale}
        {...paymentData(payment)}
      >
        <h1>Checkout</h1>
        <div class="split">
          <div>
            <div class="live status-line" data-status role="status" />
            <div class="live" data-problem role="alert" tabindex={-1} />
            <DetailsStep payment={payment} />
            {payment.kind === 'stripe' ? <StripePayment /> : <StandInPayment />}
          </div>
          <OrderSummary cart={cart} locale={frame.shop.locale} />
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

const DetailsStep: FC<{ payment: PaymentUi }> = ({ payment }) => {
  // Stripe takes no payment in its elements without an address to send the receipt to.
  const emailRequired = payment.kind === 'stripe';
  return (
    <form class="step" data-start aria-labelledby="details-title">
      <h2 id="details-title">Your details</h2>
      <div class="field">
        <label for="email">E-mail {!emailRequired && <span class="hint">(optional)</span>}</label>
        <input
          id="email"
          name="email"
          type="email"
          class="text-input"
          autocomplete="email"
          maxlength={254}
          required={emailRequired}
          aria-describedby="email-hint"
        />
        <p class="hint" id="email-hint">
          For your receipt, and nothing else.
        </p>
      </div>
      <button class="button" type="submit">
        Continue to payment
      </button>
      <noscript>
        <p class="notice">Checkout needs JavaScript. Please allow it for this shop.</p>
      </noscript>
    </form>
  );
};

const OrderSummary: FC<{ cart: PricedCart; locale: string }> = ({ cart, locale }) => (
  <section class="summary" aria-labelledby="summary-title">
    <h2 id="summary-title">Your order</h2>
    <ul class="summary-lines">
      {cart.lines.map((line) => (
        <li data-variant-key={line.variantKey} data-name={line.fullName}>
          <div class="panel small">
            <ProductArt image={line.image} />
          </div>
          <div>
            <h3>
              {line.name} <span class="muted">× {line.reference.quantity}</span>
            </h3>
            {line.detail !== '' && <p class="small muted">{line.detail}</p>}
          </div>
          <p class="small">{line.total && <Price money={line.total} locale={locale} />}</p>
        </li>
      ))}
    </ul>
    <dl class="totals" data-totals>
      <div class="sum">
        <dt>Subtotal</dt>
        <dd>
          <Price money={cart.subtotal} locale={locale} />
        </dd>
      </div>
    </dl>
    <p class="small muted" data-totals-note>
      Tax and delivery are added in the next step.
    </p>
    <a href="/cart">Change the cart</a>
  </section>
);
