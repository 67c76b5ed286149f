/** The table of contracts/decisions/0016, row by row. */
import { describe, expect, test } from 'vitest';
import { fromStripeAmount } from '../platform/stripe/index.ts';
import { movesStock, type OrderEvent, readOrderEvent } from './event-facts.rules.ts';

const ORDER = { totalMinor: 1_000, currency: 'EUR', checkoutSessionId: 'cs_1' };
const SESSION = {
  object: 'checkout.session',
  id: 'cs_1',
  status: 'complete',
  payment_status: 'paid',
  payment_intent: 'pi_1',
  amount_total: 1_000,
  currency: 'eur',
  client_secret: null,
};
const INTENT = { object: 'payment_intent', id: 'pi_1', amount_received: 1_000, currency: 'eur' };
const REFUND = {
  object: 'refund',
  id: 're_1',
  amount: 400,
  currency: 'eur',
  created: 1,
  status: 'pending',
  payment_intent: 'pi_1',
  charge: 'ch_1',
  balance_transaction: 'txn_1',
  metadata: {},
};
const DISPUTE = {
  object: 'dispute',
  id: 'dp_1',
  amount: 1_000,
  currency: 'eur',
  created: 1,
  status: 'needs_response',
  payment_intent: 'pi_1',
  charge: 'ch_1',
  balance_transactions: [],
};

const read = (type: OrderEvent['type'], object: object, order: object = {}) => {
  const event = { id: 'evt_1', type, created: 1, data: { object } } as unknown as OrderEvent;
  return readOrderEvent(event, { ...ORDER, ...order }, fromStripeAmount);
};

describe('what an event says of its order', () => {
  test.each<[OrderEvent['type'], object, string[], boolean]>([
    [
      'checkout.session.completed',
      SESSION,
      ['session_completed cs_1', 'payment_succeeded pi_1'],
      true,
    ],
    [
      'checkout.session.completed',
      { ...SESSION, payment_status: 'unpaid' },
      ['session_completed cs_1', 'payment_processing pi_1'],
      true,
    ],
    [
      'checkout.session.async_payment_succeeded',
      SESSION,
      ['session_completed cs_1', 'payment_succeeded pi_1'],
      true,
    ],
    [
      'checkout.session.async_payment_failed',
      { ...SESSION, payment_status: 'unpaid' },
      ['session_completed cs_1', 'payment_failed pi_1'],
      true,
    ],
    ['checkout.session.expired', { ...SESSION, status: 'expired' }, ['session_expired cs_1'], true],
    ['payment_intent.succeeded', INTENT, ['payment_succeeded pi_1'], true],
    [
      'payment_intent.succeeded',
      { ...INTENT, amount_received: 900 },
      ['payment_mismatched pi_1:900:EUR', 'needs_attention amount_mismatch'],
      true,
    ],
    ['payment_intent.canceled', INTENT, ['payment_canceled pi_1'], true],
    ['refund.created', REFUND, ['refund_pending re_1', 'refund_taken re_1'], false],
    [
      'refund.updated',
      { ...REFUND, status: 'succeeded' },
      ['refund_succeeded re_1', 'refund_taken re_1'],
      false,
    ],
    [
      'refund.failed',
      { ...REFUND, status: 'failed' },
      ['refund_failed re_1', 'refund_taken re_1', 'needs_attention refund_failed'],
      false,
    ],
    ['charge.dispute.created', DISPUTE, ['dispute_opened dp_1'], false],
    ['charge.dispute.updated', DISPUTE, ['dispute_opened dp_1'], false],
    ['charge.dispute.closed', { ...DISPUTE, status: 'lost' }, ['dispute_lost dp_1'], false],
    [
      'charge.dispute.funds_withdrawn',
      DISPUTE,
      ['dispute_opened dp_1', 'dispute_funds_withdrawn dp_1'],
      false,
    ],
    [
      'charge.dispute.funds_reinstated',
      { ...DISPUTE, status: 'won' },
      ['dispute_won dp_1', 'dispute_funds_reinstated dp_1'],
      false,
    ],
  ])('%s', (type, object, facts, stock) => {
    const reading = read(type, object);
    expect(reading?.facts.map(({ kind, reference }) => `${kind} ${reference}`)).toEqual(facts);
    expect(reading !== null && movesStock(reading)).toBe(stock);
  });

  test('charge.refunded: what has been given back in all, and no fact of its own', () => {
    const charge = { object: 'charge', id: 'ch_1', amount_refunded: 400, currency: 'eur' };
    const about = { facts: [], session: null };
    expect(read('charge.refunded', { ...charge, payment_intent: 'pi_1' })).toMatchObject({
      ...about,
      refunded: { chargeId: 'ch_1', paymentReference: 'pi_1', amountMinor: 400 },
    });
    expect(read('charge.refunded', { ...charge, payment_intent: null })?.refunded).toMatchObject({
      paymentReference: 'ch_1',
    });
  });

  test('a session that the order did not make says nothing of it, unless none is known yet', () => {
    const other = { ...SESSION, id: 'cs_2' };
    expect(read('checkout.session.completed', other)).toBeNull();
    expect(read('checkout.session.completed', other, { checkoutSessionId: null })).toMatchObject({
      session: { id: 'cs_2', state: 'complete' },
    });
  });

  test('names the object that a later event may know the order by', () => {
    const named = (type: OrderEvent['type'], object: object) => read(type, object)?.objects;
    expect(named('checkout.session.completed', SESSION)).toEqual([
      { objectType: 'payment_intent', stripeId: 'pi_1' },
    ]);
    expect(named('refund.created', REFUND)).toEqual([{ objectType: 'refund', stripeId: 're_1' }]);
    expect(named('charge.dispute.created', DISPUTE)).toEqual([
      { objectType: 'dispute', stripeId: 'dp_1' },
    ]);
  });
});
