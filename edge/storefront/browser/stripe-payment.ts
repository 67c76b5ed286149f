import type { MountPayment } from './payment.ts';
import { language, texts } from './this-page.ts';

/** The part of Stripe.js (release endive) that is used here: Elements with the Checkout Sessions API. */
type StripeJs = (
  publishableKey: string,
  options: { locale: string },
) => {
  initCheckoutElementsSdk(options: {
    clientSecret: string;
    elementsOptions?: { appearance: { variables: Record<string, string> } };
  }): {
    createPaymentElement(): { mount(target: HTMLElement): void };
    loadActions(): Promise<
      { type: 'success'; actions: CheckoutActions } | { type: 'error'; error: { message: string } }
    >;
  };
};

type CheckoutActions = {
  getSession(): { email: string | null };
  updateEmail(email: string): Promise<Result>;
  confirm(options: { redirect: 'if_required' }): Promise<Result>;
};

type Result = { type: 'success' } | { type: 'error'; error: { message: string } };

/**
 * Stripe's own payment element. A method that needs a redirect leaves this page here and comes back to the order's
 * page by the session's return address; the others resolve.
 */
export function stripePayment(publishableKey: string, target: HTMLElement): MountPayment {
  return async ({ clientSecret }, email) => {
    const { Stripe } = globalThis as unknown as { Stripe?: StripeJs };
    if (Stripe === undefined) throw new Error(texts.paymentNotLoaded);
    const checkout = Stripe(publishableKey, { locale: language }).initCheckoutElementsSdk({
      clientSecret,
      elementsOptions: { appearance: { variables: themeVariables() } },
    });
    checkout.createPaymentElement().mount(target);
    const loaded = await checkout.loadActions();
    if (loaded.type === 'error') throw new Error(loaded.error.message);
    const { actions } = loaded;
    // A session that was made with the buyer's address has it already, and refuses another one.
    if (actions.getSession().email === null) {
      const updated = await actions.updateEmail(email);
      if (updated.type === 'error') throw new Error(updated.error.message);
    }
    return {
      submit: async () => {
        const result = await actions.confirm({ redirect: 'if_required' });
        if (result.type === 'success') return { kind: 'submitted' };
        return { kind: 'refused', message: result.error.message };
      },
    };
  };
}

/** Stripe draws in a frame of its own, so the shop's colours have to be handed over. */
function themeVariables(): Record<string, string> {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    colorPrimary: read('--primary'),
    colorBackground: read('--background'),
    colorText: read('--text'),
    borderRadius: '14px',
    fontFamily: '"Helvetica Neue", Helvetica, Arial, sans-serif',
  };
}
