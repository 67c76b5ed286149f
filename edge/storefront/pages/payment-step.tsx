import type { FC } from 'hono/jsx';
import type { PageTexts } from '../texts/page-texts.ts';

const OUTCOMES = ['succeeded', 'declined', 'processing', 'expired'] as const;

/** The payment form of local mode: it says what the payment stand-in shall answer. No card, no money. */
export const StandInPayment: FC<{ texts: PageTexts }> = ({ texts }) => (
  <form class="step" data-pay aria-labelledby="payment-title" hidden>
    <span class="test-banner">{texts.testPayment}</span>
    <h2 id="payment-title" tabindex={-1}>
      {texts.payment}
    </h2>
    <fieldset>
      <legend>
        {texts.testOutcome} <span class="hint">{texts.testNote}</span>
      </legend>
      <div class="choices">
        {OUTCOMES.map((outcome, index) => (
          <label class="choice">
            <input type="radio" name="outcome" value={outcome} checked={index === 0} />
            <span>{texts.testOutcomes[outcome].label}</span>
            <span class="hint">{texts.testOutcomes[outcome].hint}</span>
          </label>
        ))}
      </div>
    </fieldset>
    <PaymentActions texts={texts} />
  </form>
);

/** Where Stripe.js mounts its payment element. */
export const StripePayment: FC<{ texts: PageTexts }> = ({ texts }) => (
  <form class="step" data-pay aria-labelledby="payment-title" hidden>
    <h2 id="payment-title" tabindex={-1}>
      {texts.payment}
    </h2>
    <div class="payment-element" data-payment-element />
    <PaymentActions texts={texts} />
  </form>
);

const PaymentActions: FC<{ texts: PageTexts }> = ({ texts }) => (
  <div class="actions">
    <button class="button" type="submit" data-pay-label>
      {texts.pay}
    </button>
    <button class="text-button" type="button" data-give-up>
      {texts.backToCart}
    </button>
  </div>
);
