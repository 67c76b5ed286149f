import type { MountPayment, PaymentResult } from './payment.ts';
import { texts } from './this-page.ts';

/** The payment form of local mode: tells the stand-in how the payment shall end. */
export function standInPayment(standInUrl: string, form: HTMLFormElement): MountPayment {
  return async ({ checkoutSessionId }) => ({
    submit: async () => {
      const outcome = String(new FormData(form).get('outcome'));
      return pay(standInUrl, checkoutSessionId, outcome);
    },
  });
}

async function pay(
  standInUrl: string,
  checkoutSessionId: string,
  outcome: string,
): Promise<PaymentResult> {
  const address = `${standInUrl}/_stand-in/sessions/${encodeURIComponent(checkoutSessionId)}/pay`;
  try {
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ outcome }),
    });
    if (outcome === 'declined' && (response.ok || response.status === 402)) {
      return { kind: 'refused', message: texts.cardDeclined };
    }
    if (response.ok) return { kind: 'submitted' };
    return { kind: 'refused', message: texts.standInAnswered(response.status) };
  } catch {
    return { kind: 'refused', message: texts.standInUnreachable };
  }
}
