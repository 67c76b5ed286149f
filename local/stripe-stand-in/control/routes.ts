import { PAY_OUTCOMES, paySession } from '../payments/pay.ts';
import { payAgain } from '../payments/pay-again.ts';
import { REFUND_OUTCOMES, settleRefund } from '../payments/refund.ts';
import { SETTLE_OUTCOMES, settleSession } from '../payments/settle.ts';
import { requireSession } from '../resources/checkout-sessions.ts';
import { presentLine } from '../resources/line-items.ts';
import { operations } from '../resources/operations.ts';
import { requireRefund } from '../resources/refunds.ts';
import type { SessionRecord } from '../store/records.ts';
import { BY_ITSELF, perform, type Work } from '../work.ts';
import { billingRoutes } from './billing-routes.ts';
import { deliveryRoutes } from './delivery-routes.ts';
import { readBuyer, readFault, readOutcome } from './json-input.ts';
import { buyerCause, type ControlRoute, ID, ok, route } from './route.ts';

/** Every control call; the README documents them. */
export const controlRoutes: readonly ControlRoute[] = [
  route('GET', 'health', ({ api, dispatcher }) => {
    const deliveries = [...api.core.store.all('deliveries').values()];
    return ok({
      ok: true,
      sessions: api.core.store.all('sessions').size,
      deliveriesPending: deliveries.filter(({ state }) => state === 'pending').length,
      deliveriesPaused: dispatcher.paused,
    });
  }),
  route('GET', 'sessions', ({ api }, { query }) => {
    const status = query.get('status');
    const sessions = [...api.core.store.all('sessions').values()].map(({ session }) => session);
    const wanted = sessions.filter((session) => status === null || session.status === status);
    return ok({ sessions: wanted.reverse() });
  }),
  route('GET', `sessions/${ID}`, ({ api }, { id }) =>
    perform(api.core, buyerCause(), (work) => ok(describe(work, requireSession(work, id)))),
  ),
  route('POST', `sessions/${ID}/pay`, ({ api }, { id, input }) => {
    const outcome = readOutcome(input, PAY_OUTCOMES);
    const buyer = readBuyer(input);
    const cause = buyerCause();
    return perform(api.core, cause, (work) => {
      const { session, error } = paySession(work, requireSession(work, id), outcome, buyer);
      if (error === null) return ok({ outcome, session });
      return { status: error.status, body: error.toBody(cause.requestId) };
    });
  }),
  route('POST', `sessions/${ID}/settle`, ({ api }, { id, input }) => {
    const outcome = readOutcome(input, SETTLE_OUTCOMES);
    return perform(api.core, buyerCause(), (work) =>
      ok({ outcome, session: settleSession(work, requireSession(work, id), outcome) }),
    );
  }),
  route('POST', `sessions/${ID}/pay-again`, ({ api }, { id }) =>
    perform(api.core, buyerCause(), (work) =>
      ok({ paymentIntent: payAgain(work, requireSession(work, id)) }),
    ),
  ),
  route('GET', 'refunds', ({ api }) =>
    ok({ refunds: [...api.core.store.all('refunds').values()].reverse() }),
  ),
  route('POST', `refunds/${ID}/settle`, ({ api }, { id, input }) => {
    const outcome = readOutcome(input, REFUND_OUTCOMES);
    return perform(api.core, BY_ITSELF, (work) =>
      ok({ outcome, refund: settleRefund(work, requireRefund(work, id), outcome) }),
    );
  }),
  route('GET', 'requests', ({ api }, { query }) => {
    const key = query.get('idempotencyKey');
    const operation = query.get('operation');
    const requests = api.requests
      .list()
      .filter((request) => key === null || request.idempotencyKey === key)
      .filter((request) => operation === null || request.operation === operation);
    return ok({ requests });
  }),
  route('GET', 'faults', ({ api }) => ok({ faults: api.faults.list() })),
  route('POST', 'faults', ({ api }, { input }) => {
    api.faults.add(
      readFault(
        input,
        operations.map(({ id }) => id),
      ),
    );
    return ok({ faults: api.faults.list() });
  }),
  route('DELETE', 'faults', ({ api }) => {
    api.faults.clear();
    return ok({ faults: [] });
  }),
  ...billingRoutes,
  ...deliveryRoutes,
];

function describe(work: Work, record: SessionRecord): object {
  const { session } = record;
  const intentId = session.payment_intent;
  const intent = typeof intentId === 'string' ? work.tx.get('paymentIntents', intentId) : undefined;
  const chargeId = intent?.latest_charge;
  const lane = new Set([session.id, intentId]);
  const events = [...work.tx.all('events').values()].filter((event) => lane.has(event.lane));
  const deliveries = [...work.tx.all('deliveries').values()];
  return {
    session,
    lineItems: record.lines.map(presentLine),
    paymentIntent: intent ?? null,
    charge: (typeof chargeId === 'string' ? work.tx.get('charges', chargeId) : undefined) ?? null,
    events: events.map(({ event }) => ({
      id: event.id,
      type: event.type,
      deliveries: deliveries
        .filter(({ eventId }) => eventId === event.id)
        .map(({ state, attempts, lastStatus, lastError }) => ({
          state,
          attempts,
          lastStatus,
          lastError,
        })),
    })),
  };
}
