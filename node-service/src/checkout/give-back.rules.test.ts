import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  givenBackMinor,
  isRefundOver,
  mayKeyBeForgotten,
  paysForCart,
  refundOperationId,
  refundsDue,
} from './give-back.rules.ts';
import type { FactKind } from './order.entities.ts';
import type { KnownFact, OrderFacts } from './order-status.rules.ts';

const at = (minute: number): Date => new Date(minute * 60_000);
function fact(kind: FactKind, reference: string, rest: Partial<KnownFact> = {}): KnownFact {
  return { kind, reference, amountMinor: null, detail: null, occurredAt: at(0), ...rest };
}
const paid = (reference: string, minute = 0): KnownFact =>
  fact('payment_succeeded', reference, { amountMinor: 1_000, occurredAt: at(minute) });

type State = OrderFacts['hold']['state'];
const order = (state: State, ...facts: KnownFact[]): OrderFacts => ({
  sessionState: 'complete',
  totalMinor: 1_000,
  hold: { state, returned: false },
  facts,
  cartIsPaidElsewhere: false,
});
const dueOf = (one: OrderFacts): string[] =>
  refundsDue(one).map(({ payment, reason }) => `${payment.reference} ${reason}`);

const NO_STOCK = fact('needs_attention', 'paid_without_stock');

describe('what is given back', () => {
  test.each<[string, OrderFacts, string[]]>([
    ['nothing of an order that is paid once', order('committed', paid('pi_1')), []],
    ['nothing while there may be stock', order('expired', paid('pi_1')), []],
    [
      'the payment that there was no stock for',
      order('expired', paid('pi_1'), NO_STOCK),
      ['pi_1 paid_without_stock'],
    ],
    ['each payment once', order('expired', paid('pi_1'), NO_STOCK, fact('refund_due', 'pi_1')), []],
    [
      'all payments of an order but one, and never by their times: those are of whichever event came first',
      order('committed', paid('pi_b', 1), paid('pi_c', 2), paid('pi_a', 3)),
      ['pi_b paid_twice', 'pi_c paid_twice'],
    ],
    [
      'both payments that there was no stock for',
      order('expired', paid('pi_1'), paid('pi_2', 1), NO_STOCK),
      ['pi_1 paid_without_stock', 'pi_2 paid_without_stock'],
    ],
    [
      'the payment of a cart that another order is paid for',
      { ...order('active', paid('pi_1')), cartIsPaidElsewhere: true },
      ['pi_1 cart_paid_twice'],
    ],
    [
      'money of another amount than was agreed: nobody but a person',
      order('active', fact('payment_mismatched', 'pi_1', { amountMinor: 1 })),
      [],
    ],
  ])('%s', (_, facts, due) => {
    expect(dueOf(facts)).toEqual(due);
  });

  test('leaves one payment, and of all of them always the same, in whatever order they are told', () => {
    const payments = [paid('pi_a', 2), paid('pi_b', 1), paid('pi_c', 1)];
    fc.assert(
      fc.property(fc.shuffledSubarray(payments, { minLength: 1 }), (told) => {
        const due = new Set(
          refundsDue(order('committed', ...told)).map((d) => d.payment.reference),
        );
        const kept = told.filter(({ reference }) => !due.has(reference));
        const [first] = told.map(({ reference }) => reference).sort();
        expect(kept.map(({ reference }) => reference)).toEqual([first]);
      }),
    );
  });
});

describe('of two paid orders of one cart', () => {
  const anyOrder = fc
    .record({
      state: fc.constantFrom<State>('active', 'committed', 'expired', 'released'),
      minute: fc.nat(3),
    })
    .map(({ state, minute }) => ({ state, minute }));

  test('exactly one is paid for, whichever of them asks', () => {
    fc.assert(
      fc.property(anyOrder, anyOrder, (one, other) => {
        const left = order(one.state, paid('pi_left', one.minute));
        const right = order(other.state, paid('pi_right', other.minute));
        expect(paysForCart(left, right)).toBe(!paysForCart(right, left));
      }),
    );
  });

  test('it is the one that has its stock, though it was paid later', () => {
    const early = order('active', paid('pi_1', 1));
    expect(paysForCart(order('committed', paid('pi_2', 2)), early)).toBe(true);
  });
});

describe('a refund is over', () => {
  const due = fact('refund_due', 'pi_1', { amountMinor: 1_000 });
  const id = refundOperationId('ord_1', 'pi_1', '1');
  const back = (kind: FactKind, reference: string, amountMinor: number): KnownFact =>
    fact(kind, reference, { amountMinor, detail: 'pi_1' });

  test.each<[string, KnownFact[], boolean]>([
    ['no: nothing is known of it', [due], false],
    ['no: a part is back', [due, back('refund_succeeded', 're_1', 999)], false],
    [
      'no: it failed',
      [due, back('refund_pending', 're_1', 1_000), back('refund_failed', 're_1', 1_000)],
      false,
    ],
    [
      'no: another payment is back',
      [due, fact('refund_succeeded', 're_1', { amountMinor: 1_000, detail: 'pi_2' })],
      false,
    ],
    ['yes: Stripe has it', [due, fact('refund_made', id)], true],
    ['yes: Stripe refused it', [due, fact('refund_refused', id)], true],
    [
      'no: an earlier attempt was refused',
      [due, fact('refund_refused', refundOperationId('ord_1', 'pi_1', '0'))],
      false,
    ],
    [
      'yes: somebody gave it back in two parts',
      [due, back('refund_succeeded', 're_1', 400), back('refund_pending', 're_2', 600)],
      true,
    ],
  ])('%s', (_, facts, over) => {
    expect(isRefundOver({ facts }, id, due)).toBe(over);
  });

  test('counts a refund once, though it was seen pending and succeeded', () => {
    const facts = [back('refund_pending', 're_1', 400), back('refund_succeeded', 're_1', 400)];
    expect(givenBackMinor({ facts }, 'pi_1')).toBe(400);
  });

  test('and its key is not trusted from the 23rd hour on', () => {
    expect(mayKeyBeForgotten(at(0), at(23 * 60 - 1))).toBe(false);
    expect(mayKeyBeForgotten(at(0), at(23 * 60))).toBe(true);
  });
});
