/** Whatever Stripe tells, in whatever order and however often: an order comes to one end. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findDifference, tell, tellings } from '../testing/histories.ts';
import { writeStory } from '../testing/order-stories.ts';
import { factsOf, orderTeller } from '../testing/order-world.ts';
import { randomFrom } from '../testing/random.ts';
import { refundsDue } from './give-back.rules.ts';
import {
  has,
  hasStock,
  isGivenBack,
  isPaid,
  nextSettlement,
  orderStatus,
} from './order-status.rules.ts';

const HISTORIES = 20_000;
const CPU_MINUTES_MS = 600_000;
const anySeed = fc.integer();

describe('a history of orders, payments, refunds and disputes', () => {
  test(
    'ends the same in every permutation, with duplicates and cut off anywhere',
    () => {
      const counted = { tellings: 0 };
      fc.assert(
        fc.property(anySeed, (seed) => {
          const random = randomFrom(seed);
          const { orders, events } = writeStory(random);
          const difference = findDifference(orderTeller(orders, true), events, random, counted);
          if (difference === null) return;
          const names = difference.told.map(
            ({ event: { event }, isCutOff }) => `${event.type}${isCutOff ? ' (cut off)' : ''}`,
          );
          expect(difference.other, names.join(', ')).toEqual(difference.natural);
        }),
        { numRuns: HISTORIES, endOnFailure: true },
      );
      expect(counted.tellings).toBeGreaterThan(HISTORIES * 4);
    },
    CPU_MINUTES_MS,
  );

  test(
    'leaves no order paid without its stock, or without its money on its way back, where stock is scarce',
    () => {
      fc.assert(
        fc.property(anySeed, (seed) => {
          const random = randomFrom(seed);
          const { orders, events } = writeStory(random);
          const teller = orderTeller(orders, false);
          for (const told of tellings(events, random, 1)) {
            for (const known of tell(teller, told).orders.values()) {
              const facts = factsOf(known);
              const due = refundsDue(facts);
              expect([due, nextSettlement(facts)]).toEqual([[], null]);
              expect(isPaid(facts), orderStatus(facts)).toBe(
                hasStock(facts) && has(facts, 'payment_succeeded'),
              );
              if (isGivenBack(facts)) expect(orderStatus(facts)).toBe('needs_attention');
            }
          }
        }),
        { numRuns: HISTORIES / 10, endOnFailure: true },
      );
    },
    CPU_MINUTES_MS,
  );
});
