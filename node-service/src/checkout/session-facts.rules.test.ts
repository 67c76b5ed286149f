import fc from 'fast-check';
import type Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { fromStripeAmount } from '../platform/stripe/index.ts';
import { readSession, readSnapshot, type SessionSnapshot } from './session-facts.rules.ts';

const AGREED = { totalMinor: 7_134, currency: 'EUR' };
const SEEN = { occurredAt: new Date('2026-11-23T12:00:00Z'), failed: false };

const snapshot = (changes: Partial<SessionSnapshot> = {}): SessionSnapshot => ({
  id: 'cs_1',
  status: 'complete',
  paymentStatus: 'paid',
  paymentIntentId: 'pi_1',
  amountMinor: 7_134,
  currency: 'EUR',
  ...changes,
});

const kindsOf = (seen: SessionSnapshot, options = SEEN): string[] =>
  readSession(seen, AGREED, options).facts.map(({ kind, reference }) => `${kind} ${reference}`);

describe('what a session says of its order', () => {
  test.each<[string, Partial<SessionSnapshot>, string, string[]]>([
    ['open', { status: 'open' }, 'open', []],
    ['open and declined', { status: 'open', paymentStatus: 'unpaid' }, 'open', []],
    ['expired', { status: 'expired' }, 'expired', ['session_expired cs_1']],
    ['paid', {}, 'complete', ['session_completed cs_1', 'payment_succeeded pi_1']],
    [
      'completed, the payment under way',
      { paymentStatus: 'unpaid' },
      'complete',
      ['session_completed cs_1', 'payment_processing pi_1'],
    ],
  ])('%s', (_, changes, state, facts) => {
    expect(readSession(snapshot(changes), AGREED, SEEN).state).toBe(state);
    expect(kindsOf(snapshot(changes))).toEqual(facts);
  });

  test('that its payment failed is told by the event: the snapshot looks like one still under way', () => {
    expect(kindsOf(snapshot({ paymentStatus: 'unpaid' }), { ...SEEN, failed: true })).toEqual([
      'session_completed cs_1',
      'payment_failed pi_1',
    ]);
  });

  test('an order for nothing is paid by its session alone', () => {
    const free = snapshot({
      paymentStatus: 'no_payment_required',
      paymentIntentId: null,
      amountMinor: 0,
    });
    const { facts } = readSession(free, { totalMinor: 0, currency: 'EUR' }, SEEN);
    expect(facts.map(({ kind, reference }) => [kind, reference])).toContainEqual([
      'payment_succeeded',
      'cs_1',
    ]);
  });

  test.each<[string, Partial<SessionSnapshot>, string[]]>([
    ['less', { amountMinor: 7_133 }, ['payment_mismatched pi_1:7133:EUR']],
    ['more', { amountMinor: 7_135 }, ['payment_mismatched pi_1:7135:EUR']],
    [
      'the same number of another currency',
      { currency: 'USD' },
      ['payment_mismatched pi_1:7134:USD'],
    ],
    ['an amount that Stripe did not tell', { amountMinor: null }, []],
    ['less, the payment under way', { amountMinor: 1, paymentStatus: 'unpaid' }, []],
  ])('%s than was agreed pays for nothing: a person looks at it', (_, changes, money) => {
    expect(kindsOf(snapshot(changes))).toEqual([
      'session_completed cs_1',
      ...money,
      'needs_attention amount_mismatch',
    ]);
  });
});

const anySnapshot = fc.record({
  id: fc.constant('cs_1'),
  status: fc.constantFrom('open' as const, 'complete' as const, 'expired' as const),
  paymentStatus: fc.constantFrom(
    'paid' as const,
    'unpaid' as const,
    'no_payment_required' as const,
  ),
  paymentIntentId: fc.constantFrom('pi_1', null),
  amountMinor: fc.constantFrom(7_134, 1, null),
  currency: fc.constantFrom('EUR', 'USD', null),
});

describe('any session', () => {
  test('gives the same facts each time it is seen, and pays for an order only what was agreed', () => {
    fc.assert(
      fc.property(anySnapshot, fc.boolean(), (seen, failed) => {
        const reading = readSession(seen, AGREED, { ...SEEN, failed });
        expect(readSession(seen, AGREED, { ...SEEN, failed })).toEqual(reading);
        for (const fact of reading.facts) {
          if (fact.kind !== 'payment_succeeded') continue;
          expect([seen.status, seen.paymentStatus === 'unpaid', failed]).toEqual([
            'complete',
            false,
            false,
          ]);
          expect([fact.amountMinor, fact.currency]).toEqual([7_134, 'EUR']);
        }
      }),
    );
  });
});

describe('a session of the SDK', () => {
  const session = (changes: object): Stripe.Checkout.Session =>
    ({
      id: 'cs_1',
      status: 'complete',
      payment_status: 'paid',
      payment_intent: 'pi_1',
      amount_total: 50_000,
      currency: 'isk',
      ...changes,
    }) as unknown as Stripe.Checkout.Session;

  test('is read in ISO minor units, its intent by id or expanded', () => {
    const read = { amountMinor: 500, currency: 'ISK', paymentIntentId: 'pi_1' };
    expect(readSnapshot(session({}), fromStripeAmount)).toMatchObject(read);
    const expanded = session({ payment_intent: { id: 'pi_1' } });
    expect(readSnapshot(expanded, fromStripeAmount)).toMatchObject(read);
  });

  test('with words that are not known yet decides nothing', () => {
    const unknown = session({ status: 'on_holiday', payment_status: 'in_pieces' });
    expect(readSnapshot(unknown, fromStripeAmount)).toMatchObject({
      status: 'open',
      paymentStatus: 'unpaid',
    });
    const bare = session({ amount_total: null, currency: null, payment_intent: null });
    expect(readSnapshot(bare, fromStripeAmount)).toMatchObject({
      amountMinor: null,
      currency: null,
    });
  });
});
