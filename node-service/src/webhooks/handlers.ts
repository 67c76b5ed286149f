import type { Deps } from '../deps.ts';
import type { Handler } from '../http/operation.ts';
import { receiveEvent } from './receive-event.ts';
import { verifyEvent } from './verify-event.ts';

export function webhookHandlers(deps: Deps) {
  return {
    receiveStripeWebhook: {
      scope: 'platform',
      handle: async ({ rawBody, header, requestId }) => {
        const event = verifyEvent(
          rawBody,
          header('stripe-signature'),
          deps.config.stripe.webhookSecrets,
          deps.clock.now(),
        );
        await receiveEvent(deps, { endpoint: 'stripe', event, requestId });
        return { status: 200, body: { received: true } };
      },
    },
  } as const satisfies Record<string, Handler>;
}
