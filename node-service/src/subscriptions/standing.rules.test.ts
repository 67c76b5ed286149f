import { describe, expect, test } from 'vitest';
import { stripeInvoice } from '../testing/billing-events.ts';
import { readInvoice } from './content.rules.ts';
import { type BillingFact, readInvoiceStanding, readStanding } from './standing.rules.ts';

const NOON = 1_795_000_000;
type Kind = BillingFact<string>['kind'];

let events = 0;
function fact(
  kind: Kind,
  second: number,
  content: string,
  reference?: string,
): BillingFact<string> {
  events += 1;
  return { kind, reference: reference ?? `evt_${events}`, seenAt: NOON + second, content };
}

describe('of what was told of one object', () => {
  test('the newest second holds, and nothing is fetched', () => {
    const facts = [
      fact('told', 9, 'active'),
      fact('told', 3, 'past_due'),
      fact('begun', 0, 'incomplete'),
    ];
    expect(readStanding(facts)).toEqual({
      standing: { content: 'active', seenAt: NOON + 9, isOver: false },
      toFetch: null,
    });
  });

  test('nothing is known where nothing was told', () => {
    expect(readStanding([])).toEqual({ standing: null, toFetch: null });
  });

  test('its making comes before all else of its second', () => {
    const facts = [fact('told', 0, 'active'), fact('begun', 0, 'incomplete')];
    expect(readStanding(facts)).toMatchObject({ standing: { content: 'active' }, toFetch: null });
  });

  test('its end is final, though another was told later', () => {
    const facts = [fact('ended', 5, 'canceled'), fact('told', 9, 'active')];
    expect(readStanding(facts)).toMatchObject({ standing: { content: 'canceled', isOver: true } });
  });

  test('two ids of one change are no contradiction', () => {
    const facts = [fact('told', 5, 'active'), fact('told', 5, 'active')];
    expect(readStanding(facts)).toMatchObject({ standing: { content: 'active' }, toFetch: null });
  });
});

describe('of two that contradict each other in one second', () => {
  const [one, other] = [fact('told', 5, 'active'), fact('told', 5, 'unpaid')];
  const reference = `told:${NOON + 5}:2`;

  test('neither holds until Stripe was asked: the newest second that is decided does', () => {
    expect(readStanding([other, fact('begun', 0, 'incomplete'), one])).toEqual({
      standing: { content: 'incomplete', seenAt: NOON, isOver: false },
      toFetch: { reference, seenAt: NOON + 5 },
    });
  });

  test('what Stripe answered does, until one more is told of that second', () => {
    const fetched = fact('fetched', 5, 'paused', reference);
    const told = [one, fetched, other];
    expect(readStanding(told)).toMatchObject({ standing: { content: 'paused' }, toFetch: null });
    // It says what the first said: the object may have gone there and back.
    const more = [...told, fact('told', 5, 'active')];
    expect(readStanding(more)).toEqual({
      standing: null,
      toFetch: { reference: `told:${NOON + 5}:3`, seenAt: NOON + 5 },
    });
  });

  test('neither matters once a later second was told of', () => {
    const facts = [one, other, fact('told', 6, 'past_due')];
    expect(readStanding(facts)).toMatchObject({ standing: { content: 'past_due' }, toFetch: null });
  });
});

describe('an invoice', () => {
  type Changes = Parameters<typeof stripeInvoice>[1];
  const told = (second: number, changes: Changes) => ({
    ...fact('told', second, ''),
    content: readInvoice(stripeInvoice('in_1', changes), (amount) => amount),
  });

  test.each<[string, Changes, Changes]>([
    ['paid after it was open', { status: 'paid' }, { status: 'open' }],
    [
      'paid though a payment failed later',
      { status: 'paid' },
      { status: 'open', attempt_count: 2 },
    ],
    ['paid though it was given up', { status: 'paid' }, { status: 'uncollectible' }],
    ['paid though it was voided', { status: 'paid' }, { status: 'void' }],
    ['void though it was given up', { status: 'void' }, { status: 'uncollectible' }],
    ['open with more paid', { amount_paid: 900 }, { amount_paid: 300 }],
    ['open with more attempts', { attempt_count: 2 }, { attempt_count: 1 }],
  ])('stays %s, whichever came first and whatever the clock says', (_, further, behind) => {
    for (const [first, second] of [
      [0, 9],
      [9, 0],
    ] as const) {
      const facts = [told(first, further), told(second, behind)];
      const standing = readInvoiceStanding(facts);
      expect(standing).toEqual(readInvoiceStanding(facts.toReversed()));
      expect(standing?.content).toEqual(facts[0]?.content);
    }
  });
});
