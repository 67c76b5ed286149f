import type { FC } from 'hono/jsx';
import { ProductArt } from '../art/product-art.tsx';
import { hasGoodsToDeliver, type PricedCart, type PricedLine } from '../cart-pricing.ts';
import { Layout, type PageFrame } from './layout.tsx';
import { Price } from './price.tsx';
import { Stepper } from './stepper.tsx';

type CartPageProps = { frame: PageFrame; cart: PricedCart; script: string };

export const CartPage: FC<CartPageProps> = ({ frame, cart, script }) => (
  <Layout frame={frame} title="Cart" scripts={[script]} current="cart">
    <div class="wrap page">
      <h1>Cart</h1>
      <div data-status role="status" class="visually-hidden" />
      <div class="live" data-problem role="alert" />
      <div data-cart>
        {cart.lines.length === 0 ? <EmptyCart /> : <FullCart frame={frame} cart={cart} />}
      </div>
    </div>
  </Layout>
);

const EmptyCart: FC = () => (
  <div class="split">
    <div class="statement">
      <p class="lead">There is nothing in it yet.</p>
      <a class="button" href="/#products">
        See what we have
      </a>
    </div>
  </div>
);

const FullCart: FC<{ frame: PageFrame; cart: PricedCart }> = ({ frame, cart }) => {
  const { locale, mayTrade } = frame.shop;
  return (
    <div class="split">
      <ul class="lines" aria-label="Items in your cart">
        {cart.lines.map((line, index) => (
          <CartRow line={line} index={index} locale={locale} />
        ))}
      </ul>
      <section class="summary" aria-labelledby="summary-title">
        <h2 id="summary-title">Summary</h2>
        <dl class="totals">
          <div class="sum">
            <dt>Subtotal</dt>
            <dd>
              <Price money={cart.subtotal} locale={locale} />
            </dd>
          </div>
        </dl>
        <p class="small muted">
          {hasGoodsToDeliver(cart)
            ? 'Tax and delivery are added at checkout.'
            : 'Tax and deposits are added at checkout.'}
        </p>
        {!mayTrade && <p class="notice">This shop does not take orders at the moment.</p>}
        {!cart.complete && (
          <p class="notice">Please remove what cannot be bought any more before you check out.</p>
        )}
        {mayTrade && cart.complete && (
          <a class="button wide" href="/checkout">
            Check out
          </a>
        )}
        <button type="button" class="text-button" data-clear>
          Empty the cart
        </button>
      </section>
    </div>
  );
};

type CartRowProps = { line: PricedLine; index: number; locale: string };

const CartRow: FC<CartRowProps> = ({ line, index, locale }) => (
  <li class="line-item" data-line={JSON.stringify(line.reference)} data-name={line.name}>
    <div class="panel medium">
      <ProductArt image={line.image} />
    </div>
    <div>
      <h3>{line.href === undefined ? line.name : <a href={line.href}>{line.name}</a>}</h3>
      {line.detail !== '' && <p class="small muted">{line.detail}</p>}
      <p class="small muted">
        {line.unitPrice === undefined ? (
          'No longer sold'
        ) : (
          <>
            <Price money={line.unitPrice} locale={locale} /> {line.priceUnit}
          </>
        )}
      </p>
    </div>
    <p class="line-total">
      {line.total === undefined ? '–' : <Price money={line.total} locale={locale} />}
    </p>
    <div class="line-controls">
      {line.unitPrice !== undefined && (
        <Stepper
          id={`quantity-${index}`}
          label={`Quantity of ${line.name}`}
          value={line.reference.quantity}
        />
      )}
      <button type="button" class="text-button" data-remove aria-label={`Remove ${line.name}`}>
        Remove
      </button>
    </div>
  </li>
);
