import type { Deps } from '../deps.ts';
import type { Handler } from '../http/operation.ts';
import type { ReceivedEvent } from './inbox.ts';
import { receiveEvent } from './receive-event.ts';
import { verifyEvent } from './verify-event.ts';

/** Both doors take every event: which of them Stripe is told to send what to is a setting at Stripe. */
export function webhookHandlers(deps: Deps) {
  const { webhookSecrets, billingWebhookSecrets } = deps.config.stripe;
  return {
    receiveStripeWebhook: door(deps, 'stripe', webhookSecrets),
    receiveBillingWebhook: door(deps, 'billing', billingWebhookSecrets),
  } as const satisfies Record<string, Handler>;
}

function door(
  deps: Deps,
  endpoint: ReceivedEvent['endpoint'],
  secrets: readonly string[],
): Handler {
  return {
    scope: 'platform',
    handle: async ({ rawBody, header, requestId }) => {
      const signature = header('stripe-signature');
      const verified = verifyEvent(rawBody, signature, secrets, deps.clock.now());
      await receiveEvent(deps, { ...verified, endpoint, requestId });
      return { status: 200, body: { received: true } };
    },
  };
}
