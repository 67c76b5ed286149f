import { COLLECT_OUTCOMES, collectInvoice, finalizeInvoice } from '../billing/collect.ts';
import { cycleSubscription } from '../billing/cycle-subscription.ts';
import { expireIfIncomplete } from '../billing/end-subscription.ts';
import { closeDispute, DISPUTE_OUTCOMES, openDispute } from '../payments/dispute.ts';
import { requireCharge } from '../resources/charges.ts';
import { requireDispute } from '../resources/disputes.ts';
import { requireInvoice } from '../resources/invoices.ts';
import { requireSubscription } from '../resources/subscriptions.ts';
import { BY_ITSELF, perform } from '../work.ts';
import { readCount, readOutcome, readText } from './json-input.ts';
import { buyerCause, type ControlRoute, ID, ok, route } from './route.ts';

/** What time, buyers and banks do to subscriptions, invoices and charges. */
export const billingRoutes: readonly ControlRoute[] = [
  route('POST', `subscriptions/${ID}/cycle`, ({ api }, { id, input }) => {
    const outcome = readOutcome(input, COLLECT_OUTCOMES);
    return perform(api.core, BY_ITSELF, (work) => {
      const subscription = cycleSubscription(work, requireSubscription(work, id), outcome);
      return ok({ outcome, subscription });
    });
  }),
  route('POST', `subscriptions/${ID}/expire`, ({ api }, { id }) =>
    perform(api.core, BY_ITSELF, (work) => {
      requireSubscription(work, id);
      expireIfIncomplete(work, id);
      return ok({ subscription: requireSubscription(work, id) });
    }),
  ),
  route('POST', `invoices/${ID}/pay`, ({ api }, { id, input }) => {
    const outcome = readOutcome(input, COLLECT_OUTCOMES);
    return perform(api.core, buyerCause(), (work) => {
      const given = requireInvoice(work, id);
      const invoice = given.status === 'draft' ? finalizeInvoice(work, given) : given;
      return ok({ outcome, invoice: collectInvoice(work, invoice, outcome) });
    });
  }),
  route('POST', `charges/${ID}/dispute`, ({ api }, { id, input }) => {
    const amount = readCount(input, 'amount', 1);
    const reason = readText(input, 'reason') ?? 'fraudulent';
    const inquiry = input.inquiry === true;
    return perform(api.core, BY_ITSELF, (work) =>
      ok({ dispute: openDispute(work, requireCharge(work, id), { amount, reason, inquiry }) }),
    );
  }),
  route('POST', `disputes/${ID}/close`, ({ api }, { id, input }) => {
    const outcome = readOutcome(input, DISPUTE_OUTCOMES);
    return perform(api.core, BY_ITSELF, (work) =>
      ok({ outcome, dispute: closeDispute(work, requireDispute(work, id), outcome) }),
    );
  }),
];
