import type { FC } from 'hono/jsx';

const OUTCOMES = [
  { value: 'succeeded', label: 'Pay', hint: 'The payment goes through.' },
  { value: 'declined', label: 'Decline', hint: 'The card is refused; you can try again.' },
  { value: 'processing', label: 'Leave it processing', hint: 'As a bank debit would, for days.' },
  { value: 'expired', label: 'Let it expire', hint: 'As if the time to pay had run out.' },
] as const;

/** The payment form of local mode: it says what the payment stand-in shall answer. No card, no money. */
export const StandInPayment: FC = () => (
  <form class="step" data-pay aria-labelledby="payment-title" hidden>
    <span class="test-banner">Local test payment</span>
    <h2 id="payment-title" tabindex={-1}>
      Payment
    </h2>
    <fieldset>
      <legend>
        How shall it end? <span class="hint">No card is charged: this form exists only here.</span>
      </legend>
      <div class="choices">
        {OUTCOMES.map(({ value, label, hint }, index) => (
          <label class="choice">
            <input type="radio" name="outcome" value={value} checked={index === 0} />
            <span>{label}</span>
            <span class="hint">{hint}</span>
          </label>
        ))}
      </div>
    </fieldset>
    <PaymentActions />
  </form>
);

/** Where Stripe.js mounts its payment element. */
export const StripePayment: FC = () => (
  <form class="step" data-pay aria-labelledby="payment-title" hidden>
    <h2 id="payment-title" tabindex={-1}>
      Payment
    </h2>
    <div class="payment-element" data-payment-element />
    <PaymentActions />
  </form>
);

const PaymentActions: FC = () => (
  <div class="actions">
    <button class="button" type="submit" data-pay-label>
      Pay
    </button>
    <button class="text-button" type="button" data-give-up>
      Cancel and go back to the cart
    </button>
  </div>
);
