/** However Stripe's events of billing come, customers, subscriptions, invoices and their money end as they are at Stripe. */
import { describe, expect, test } from 'vitest';
import {
  billingHistory,
  billingTeller,
  type End,
  endOf,
  RULES,
  type Rules,
  type Told,
} from '../testing/billing-histories.ts';
import { findDifference, tell } from '../testing/histories.ts';
import { randomFrom } from '../testing/random.ts';
import { readCustomer, readSubscription } from './content.rules.ts';
import type { BillingFact } from './standing.rules.ts';

const HISTORIES = 5_000;
const SEED = Number(process.env.HISTORY_SEED ?? Date.now() % 2 ** 31);

const eventsOf = (history: readonly Told[]): string =>
  history
    .map(({ event }) => `${event.type} ${event.created} ${JSON.stringify(event.data.object)}`)
    .join('\n');

/** What of an end is not as it is at Stripe after the last event. */
function* wrongWith(history: readonly Told[], ends: ReadonlyMap<string, End>): Iterable<string> {
  for (const [id, { customer, subscription, payments }] of history.at(-1)?.truth ?? []) {
    const end = ends.get(id);
    const wanted = subscription && readSubscription(subscription);
    const stands = JSON.stringify(end?.standing?.content);
    if (wanted !== undefined && stands !== JSON.stringify(wanted)) yield `${id} is ${stands}`;
    if (customer !== undefined) {
      const isDeleted = 'deleted' in customer;
      if (end?.standing?.isOver !== isDeleted) yield `${id} is not deleted, or is`;
      if (!isDeleted && stands !== JSON.stringify(readCustomer(customer)))
        yield `${id} is ${stands}`;
    }
    const paid = (payments ?? []).reduce((sum, { amount_paid }) => sum + (amount_paid ?? 0), 0);
    const booked = (end?.transfers ?? []).reduce((sum, one) => sum + one.amountMinor, 0);
    if (paid !== booked) yield `${id}: ${paid} was paid, and ${booked} is booked`;
  }
}

function naturalEnd(rules: Rules, history: readonly Told[]): ReadonlyMap<string, End> {
  const telling = history.map((event) => ({ event, isCutOff: false }));
  return endOf(rules, tell(billingTeller(rules), telling));
}

test(`${HISTORIES} histories end the same in every order, duplicated and cut off, and as Stripe has it (seed ${SEED})`, () => {
  const counted = { tellings: 0 };
  for (let index = 0; index < HISTORIES; index += 1) {
    const random = randomFrom(SEED + index);
    const history = billingHistory(random);
    const wrong = [...wrongWith(history, naturalEnd(RULES, history))];
    expect(wrong, `seed ${SEED + index}\n${eventsOf(history)}`).toEqual([]);
    const difference = findDifference(billingTeller(), history, random, counted);
    const told = difference && eventsOf(difference.told.map(({ event }) => event));
    expect(difference?.other, `seed ${SEED + index}, told as\n${told}`).toEqual(
      difference?.natural,
    );
  }
  expect(counted.tellings).toBeGreaterThan(HISTORIES * 8);
}, 300_000);

/** Rules with one mistake each. */
const MISTAKES: readonly (readonly [string, Rules])[] = [
  [
    'the last that comes is believed',
    {
      ...RULES,
      readStanding: (facts) => {
        const last = facts.filter(({ kind }) => kind !== 'fetched').at(-1);
        return { standing: last === undefined ? null : { ...last, isOver: false }, toFetch: null };
      },
    },
  ],
  [
    'an end is not final',
    {
      ...RULES,
      readStanding: (facts) =>
        RULES.readStanding(
          facts.map((fact) => (fact.kind === 'ended' ? { ...fact, kind: 'told' } : fact)),
        ),
    },
  ],
  [
    'the first of a second is believed',
    {
      ...RULES,
      readStanding: (facts) => {
        const firsts = facts.filter(
          (fact) => facts.find(({ seenAt }) => seenAt === fact.seenAt) === fact,
        );
        return RULES.readStanding(firsts);
      },
    },
  ],
  [
    'what was fetched once holds for its second',
    {
      ...RULES,
      readStanding: <C>(facts: readonly BillingFact<C>[]) => {
        const reading = RULES.readStanding(facts);
        const { toFetch } = reading;
        const once = facts.find(
          ({ kind, seenAt }) => kind === 'fetched' && seenAt === toFetch?.seenAt,
        );
        if (once === undefined) return reading;
        return { standing: { ...once, isOver: false }, toFetch: null };
      },
    },
  ],
  [
    'an invoice is what was said of it last',
    {
      ...RULES,
      readInvoiceStanding: (facts) => {
        const last = facts.toSorted((one, other) => one.seenAt - other.seenAt).at(-1);
        return last === undefined ? null : { ...last, isOver: false };
      },
    },
  ],
];

describe('the histories tell right from wrong:', () => {
  test.each(MISTAKES)('%s', (_, rules) => {
    let found = 0;
    for (let index = 0; index < 300; index += 1) {
      const random = randomFrom(index);
      const history = billingHistory(random);
      const wrong = [...wrongWith(history, naturalEnd(rules, history))];
      const difference = findDifference(billingTeller(rules), history, random);
      if (wrong.length > 0 || difference !== null) found += 1;
    }
    expect(found).toBeGreaterThan(0);
  });
});
