import type Stripe from 'stripe';
import { refused } from '../api/api-error.ts';
import { newId } from '../ids.ts';
import { buildCharge } from '../resources/charges.ts';
import { buildPaymentIntent } from '../resources/payment-intents.ts';
import type { SessionRecord } from '../store/records.ts';
import { emit } from '../webhooks/emit.ts';
import type { Work } from '../work.ts';
import { scheduleBooking } from './book-charge.ts';
import { detailsOf } from './pay.ts';

/**
 * Money that comes in beside a Session that has ended: a payment of its own, with the intent's metadata, as when a
 * buyer's confirmation crosses the Session's expiry, or somebody charges for the order a second time. The Session says
 * nothing of it. Throws a 400 where the Session is open: that is what `pay` is for.
 */
export function payAgain(work: Work, record: SessionRecord): Stripe.PaymentIntent {
  const { id, status } = record.session;
  if (status === 'open') throw refused(`Checkout Session ${id} is \`open\`: pay it.`);
  const intent = buildPaymentIntent(work, record);
  const method = { id: newId('pm_1'), type: 'card' } as const;
  const charge = buildCharge(work, intent, detailsOf(record, {}), method, { status: 'succeeded' });
  const paid: Stripe.PaymentIntent = {
    ...intent,
    amount_received: intent.amount,
    latest_charge: charge.id,
    payment_method: method.id,
    status: 'succeeded',
  };
  work.tx.put('charges', charge.id, charge);
  work.tx.put('paymentIntents', paid.id, paid);
  scheduleBooking(work, charge.id);
  emit(work, 'payment_intent.created', intent);
  emit(work, 'charge.succeeded', charge);
  emit(work, 'payment_intent.succeeded', paid);
  return paid;
}
