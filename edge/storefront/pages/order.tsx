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
  const { locale, shop } = frame;
  const { texts } = locale;
  const text = statusText('processing', shop.name, locale.language);
  return (
    <Layout frame={frame} title={texts.yourOrder} scripts={[script]}>
      <div
        class="wrap page"
        data-order={orderId}
        data-shop-name={shop.name}
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
                {texts.checkAgain}
              </button>
              <a class="button" href={locale.link('/checkout')} data-back-to-payment hidden>
                {texts.backToPayment}
              </a>
              <button class="button quiet" type="button" data-cancel hidden>
                {texts.cancelOrder}
              </button>
              <a class="button quiet" href={locale.link('/')} data-keep-shopping hidden>
                {texts.backToShop}
              </a>
            </div>
            <p class="order-id">{texts.orderNumber(orderId)}</p>
            <noscript>
              <p class="notice">{texts.orderNeedsScript}</p>
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
