import type { FC } from 'hono/jsx';
import { statusText } from '../order-status-text.ts';
import { Layout, type PageFrame } from './layout.tsx';
import { Signal } from './signal.tsx';

type OrderPageProps = { frame: PageFrame; orderId: string; script: string };

/**
 * The order's page. The server renders “Processing…” for every order, and the script replaces it by what the order's
 * status says: so nothing but the status answer can ever make it say “Confirmed”.
 */
export const OrderPage: FC<OrderPageProps> = ({ frame, orderId, script }) => {
  const text = statusText('processing', frame.shop.name);
  return (
    <Layout frame={frame} title="Your order" scripts={[script]}>
      <div
        class="wrap page"
        data-order={orderId}
        data-shop-name={frame.shop.name}
        data-shown-status="processing"
      >
        <div class="stage">
          <div class="statement">
            <Signals />
            <div role="status" aria-live="polite" aria-atomic="true" class="statement-text">
              <h1 data-title>{text.title}</h1>
              <p class="lead" data-detail>
                {text.detail}
              </p>
            </div>
            <div data-problem role="alert" />
            <div class="actions">
              <button class="button" type="button" data-check-again hidden>
                Check again
              </button>
              <a class="button" href="/checkout" data-back-to-payment hidden>
                Back to payment
              </a>
              <button class="button quiet" type="button" data-cancel hidden>
                Cancel this order
              </button>
              <a class="button quiet" href="/" data-keep-shopping hidden>
                Back to the shop
              </a>
            </div>
            <p class="order-id">Order {orderId}</p>
            <noscript>
              <p class="notice">
                This page needs JavaScript to follow your order. Your payment is safe without it.
              </p>
            </noscript>
          </div>
        </div>
      </div>
    </Layout>
  );
};

/** One sign for each tone; the script shows the one that fits. */
const Signals: FC = () => (
  <>
    <Signal tone="waiting" />
    <Signal tone="good" hidden />
    <Signal tone="bad" hidden />
    <Signal tone="attention" hidden />
  </>
);
