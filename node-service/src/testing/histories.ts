/**
 * One history, told in other ways: Stripe may send its events in any order, any of them more than once, and whoever
 * applies one may die before what follows from it is done. However it is told, it has one end.
 */
import type { Random } from './random.ts';

/** What is under test, as pure functions over a world that `begin` makes anew. */
export type Teller<Event, World> = {
  begin(): World;
  /** Writes down what the event says. May be called again with the same event at any time. */
  apply(world: World, event: Event): void;
  /** Does all that follows from what is written down. Safe to repeat. */
  settle(world: World): void;
  /** What must be the same however the history was told: plain data, in an order of its own. */
  end(world: World): unknown;
};

/** One delivery. `isCutOff`: the facts were written, and whoever wrote them died: the event comes once more at the end. */
export type Delivery<Event> = { readonly event: Event; readonly isCutOff: boolean };
export type Telling<Event> = readonly Delivery<Event>[];

/** Up to here every permutation is told: 120 of them. */
export const ALL_PERMUTATIONS_TO = 5;

function* permutations<T>(items: readonly T[]): Iterable<T[]> {
  if (items.length <= 1) {
    yield [...items];
    return;
  }
  for (const [index, first] of items.entries()) {
    for (const rest of permutations(items.toSpliced(index, 1))) yield [first, ...rest];
  }
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items];
  const taken: T[] = [];
  while (left.length > 0) taken.push(...left.splice(Math.floor(random.next() * left.length), 1));
  return taken;
}

/** Some come twice or three times, and some are cut off. */
function disturbed<T>(events: readonly T[], random: Random): Telling<T> {
  const again = events.filter(() => random.next() < 0.4);
  const more = again.filter(() => random.next() < 0.3);
  const deliveries = shuffled([...events, ...again, ...more], random).map((event) => ({
    event,
    isCutOff: random.next() < 0.3,
  }));
  const cutOff = deliveries.filter(({ isCutOff }) => isCutOff);
  return [...deliveries, ...cutOff.map(({ event }) => ({ event, isCutOff: false }))];
}

/**
 * Other ways to tell the history: every permutation where there are five events or fewer, else `sampled` of them; and
 * `sampled` more with duplicates and cuts.
 */
export function* tellings<T>(
  events: readonly T[],
  random: Random,
  sampled = 4,
): Iterable<Telling<T>> {
  const whole = (told: readonly T[]): Telling<T> =>
    told.map((event) => ({ event, isCutOff: false }));
  if (events.length <= ALL_PERMUTATIONS_TO) {
    for (const told of permutations(events)) yield whole(told);
  } else {
    yield whole([...events].reverse());
    for (let count = 1; count < sampled; count += 1) yield whole(shuffled(events, random));
  }
  for (let count = 0; count < sampled; count += 1) yield disturbed(events, random);
}

/** Where the history ends when it is told so. */
export function tell<Event, World>(teller: Teller<Event, World>, telling: Telling<Event>): World {
  const world = teller.begin();
  for (const { event, isCutOff } of telling) {
    teller.apply(world, event);
    if (!isCutOff) teller.settle(world);
  }
  teller.settle(world);
  return world;
}

export type Difference<Event> = {
  readonly told: Telling<Event>;
  readonly natural: unknown;
  readonly other: unknown;
};

/** The first telling that ends otherwise than the natural order; null where there is none. Counts what was told. */
export function findDifference<Event, World>(
  teller: Teller<Event, World>,
  events: readonly Event[],
  random: Random,
  counted: { tellings: number } = { tellings: 0 },
): Difference<Event> | null {
  const natural = teller.end(
    tell(
      teller,
      events.map((event) => ({ event, isCutOff: false })),
    ),
  );
  const wanted = JSON.stringify(natural);
  for (const told of tellings(events, random)) {
    counted.tellings += 1;
    const other = teller.end(tell(teller, told));
    if (JSON.stringify(other) !== wanted) return { told, natural, other };
  }
  return null;
}
