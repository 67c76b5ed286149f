import type Stripe from 'stripe';
import { cancelIntent } from '../resources/payment-intents.ts';
import type { SessionRecord } from '../store/records.ts';
import { unschedule } from '../store/scheduler.ts';
import { emit } from '../webhooks/emit.ts';
import type { Work } from '../work.ts';

/** Ends an open Session unpaid, with `checkout.session.expired`; an intent that it has is canceled. */
export function expireSession(work: Work, record: SessionRecord): Stripe.Checkout.Session {
  const session: Stripe.Checkout.Session = {
    ...record.session,
    client_secret: null,
    status: 'expired',
    url: null,
  };
  const { id } = session;
  work.tx.put('sessions', id, { ...record, session });
  unschedule(work.tx, 'expire_session', id);
  const intentId = session.payment_intent;
  const intent = typeof intentId === 'string' ? work.tx.get('paymentIntents', intentId) : undefined;
  if (intent !== undefined) {
    cancelIntent(work, intent, 'automatic');
  }
  emit(work, 'checkout.session.expired', session);
  return session;
}

/** What the scheduler does at `expires_at`: nothing, where the Session is not open any more. */
export function expireIfOpen(work: Work, sessionId: string): void {
  const record = work.tx.get('sessions', sessionId);
  if (record?.session.status === 'open') expireSession(work, record);
}
