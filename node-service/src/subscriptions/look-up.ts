import type { Deps } from '../deps.ts';
import { fromStripeAmount, outcomeOf, type StripeOutcome } from '../platform/stripe/index.ts';
import {
  type Said,
  sayCustomer,
  sayPayments,
  saySubscription,
  type Telling,
} from './billing-event.rules.ts';

/** What only Stripe can say: which of two tellings of one second holds, or how an invoice was paid. */
export type Asked =
  | {
      readonly objectType: 'customer' | 'subscription';
      readonly stripeId: string;
      readonly telling: Telling;
    }
  | { readonly objectType: 'invoice'; readonly stripeId: string };

async function ask(deps: Pick<Deps, 'stripe'>, asked: Asked): Promise<StripeOutcome<Said>> {
  const { stripeId } = asked;
  switch (asked.objectType) {
    case 'customer':
      return outcomeOf(async () =>
        sayCustomer(await deps.stripe.customers.retrieve(stripeId), asked.telling),
      );
    case 'subscription':
      return outcomeOf(async () =>
        saySubscription(await deps.stripe.subscriptions.retrieve(stripeId), asked.telling),
      );
    case 'invoice':
      return outcomeOf(async () => {
        const { payments } = await deps.stripe.invoices.retrieve(stripeId, {
          expand: ['payments'],
        });
        return sayPayments(stripeId, payments?.data ?? [], fromStripeAmount);
      });
  }
}

/**
 * Stripe's answer, as what is to be recorded. Asked outside any transaction.
 * @throws so that the job comes back, while there is no answer
 */
export async function lookUp(
  deps: Pick<Deps, 'stripe' | 'metrics'>,
  shopId: string,
  asked: Asked,
): Promise<Said | 'unknown_object'> {
  const outcome = await ask(deps, asked);
  const call = `${asked.objectType}s.retrieve`;
  deps.metrics.stripeCalls.inc({ shop: shopId, call, outcome: outcome.kind });
  if (outcome.kind === 'ok') return outcome.value;
  if (outcome.kind === 'refused' && outcome.status === 404) return 'unknown_object';
  throw new Error(`${asked.stripeId} cannot be read at Stripe: ${outcome.kind}`);
}
