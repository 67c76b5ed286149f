import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Identifiers } from './identifiers.rules.ts';
import { decide, type Known, objectKey } from './resolution.rules.ts';

type Told = {
  readonly metadata?: readonly string[];
  /** Objects that the event names, strongest first, and the shop that the map has each under. */
  readonly objects?: readonly (readonly [id: string, shopId: string | null])[];
  /** The shops that its customer was seen with. */
  readonly seenAt?: readonly string[] | undefined;
  /** The shop that the map has its customer under. */
  readonly customerOf?: string | undefined;
  /** The event is about its customer itself. */
  readonly aboutCustomer?: boolean;
};

const SETTLING = ['aurora', 'borealis', 'corona'];
const CLOSED = 'closed';

function decided({ metadata = [], objects = [], seenAt = [], customerOf, aboutCustomer }: Told) {
  const refs = objects.map(([stripeId]) => ({ objectType: 'charge', stripeId }));
  const own = { objectType: aboutCustomer === true ? 'customer' : 'charge', stripeId: 'own' };
  const identifiers: Identifiers = {
    own,
    metadataShopIds: metadata,
    orderId: null,
    objects: refs,
    customerId: 'cus_1',
  };
  const shop = (shopId: string) => ({ shopId, maySettle: shopId !== CLOSED });
  const owner = (shopId: string, orderId: string | null) => ({ shopId, orderId });
  const known: Known = {
    shops: new Map([...SETTLING, CLOSED].map((shopId) => [shopId, shop(shopId)])),
    owners: new Map([
      ...objects.flatMap(([id, shopId]) =>
        shopId === null ? [] : [[objectKey('charge', id), owner(shopId, `ord_${id}`)] as const],
      ),
      ...(customerOf === undefined
        ? []
        : [[objectKey('customer', 'cus_1'), owner(customerOf, null)] as const]),
    ]),
    customers: new Map([['cus_1', seenAt.map(shop)]]),
  };
  return decide(identifiers, known);
}

describe('the shop of an event', () => {
  test.each<[string, Told, object]>([
    ['the one in its metadata', { metadata: ['aurora'] }, { by: 'metadata', isProven: false }],
    [
      'the one in its metadata, proven by the map',
      {
        metadata: ['aurora'],
        objects: [
          ['1', null],
          ['2', 'aurora'],
        ],
      },
      { by: 'metadata', isProven: true, orderId: 'ord_2' },
    ],
    ['the one of an object', { objects: [['1', 'aurora']] }, { by: 'map', isProven: true }],
    [
      'the one of an object, whatever its customer',
      { objects: [['1', 'aurora']], customerOf: 'borealis', seenAt: ['borealis', 'corona'] },
      { by: 'map', isProven: true },
    ],
    [
      'the one in its metadata, whatever its customer',
      { metadata: ['aurora'], customerOf: 'borealis', seenAt: ['borealis'] },
      { by: 'metadata', isProven: false },
    ],
    [
      'the one that its customer was made for, though seen elsewhere',
      { customerOf: 'aurora', seenAt: ['aurora', 'borealis'] },
      { by: 'map', isProven: false },
    ],
    ['the only one of its customer', { seenAt: ['aurora'] }, { by: 'customer', isProven: false }],
  ])('is %s', (_, told, expected) => {
    expect(decided(told)).toMatchObject({ kind: 'resolved', shopId: 'aurora', ...expected });
  });

  test('is one that may not settle where the map proves it: its money is booked', () => {
    expect(decided({ metadata: [CLOSED], objects: [['1', CLOSED]] })).toMatchObject({
      kind: 'resolved',
      shopId: CLOSED,
    });
    expect(decided({ objects: [['1', CLOSED]] })).toMatchObject({
      kind: 'resolved',
      shopId: CLOSED,
    });
  });
});

describe('nobody is the shop of an event', () => {
  test.each<[string, Told, 'unresolved' | 'contradiction', readonly string[]]>([
    ['that names nothing known', { objects: [['1', null]] }, 'unresolved', []],
    [
      'whose customer is at two shops',
      { seenAt: ['aurora', 'borealis'] },
      'unresolved',
      ['aurora', 'borealis'],
    ],
    [
      'that says a shop which may not settle, and proves nothing',
      { metadata: [CLOSED] },
      'unresolved',
      [CLOSED],
    ],
    [
      'whose customer is at a shop which may not settle',
      { seenAt: [CLOSED] },
      'unresolved',
      [CLOSED],
    ],
    ['that says no shop of ours', { metadata: ['atlantis'] }, 'contradiction', []],
    [
      'that says no shop of ours, whatever the map and the customer say',
      { metadata: ['atlantis'], objects: [['1', 'aurora']], seenAt: ['aurora'] },
      'contradiction',
      ['aurora'],
    ],
    [
      'that says two shops',
      { metadata: ['aurora', 'borealis'] },
      'contradiction',
      ['aurora', 'borealis'],
    ],
    [
      'that says another shop than the map',
      { metadata: ['aurora'], objects: [['1', 'borealis']] },
      'contradiction',
      ['aurora', 'borealis'],
    ],
    [
      'of which two objects are of two shops',
      {
        objects: [
          ['1', 'aurora'],
          ['2', 'borealis'],
        ],
      },
      'contradiction',
      ['aurora', 'borealis'],
    ],
    [
      "that is about a customer, and says another shop than the customer's",
      { metadata: ['aurora'], customerOf: 'borealis', aboutCustomer: true },
      'contradiction',
      ['aurora', 'borealis'],
    ],
  ])('%s', (_, told, kind, candidates) => {
    expect(decided(told)).toMatchObject({ kind, candidates });
  });
});

describe('whatever an event says and whatever is known', () => {
  const shop = fc.constantFrom(...SETTLING, CLOSED);
  const told: fc.Arbitrary<Told> = fc.record({
    metadata: fc.uniqueArray(fc.oneof(shop, fc.constant('atlantis')), { maxLength: 2 }),
    objects: fc
      .array(fc.option(shop), { maxLength: 4 })
      .map((owners) => owners.map((owner, index) => [`${index}`, owner] as const)),
    seenAt: fc.uniqueArray(shop, { maxLength: 3 }),
    aboutCustomer: fc.boolean(),
  });
  const withOwner = fc
    .tuple(told, fc.option(shop))
    .map(([one, customerOf]) => (customerOf === null ? one : { ...one, customerOf }));
  const essence = (one: Told): object => {
    const answer = decided(one);
    if (answer.kind !== 'resolved') return { kind: answer.kind };
    const { kind, shopId, by, isProven } = answer;
    return { kind, shopId, by, isProven };
  };
  const ownersOf = ({ objects = [] }: Told) => objects.flatMap(([, owner]) => owner ?? []);

  test('no object of another shop, and no metadata of another, is ever given to one', () => {
    fc.assert(
      fc.property(withOwner, (one) => {
        const answer = decided(one);
        if (answer.kind !== 'resolved') return;
        const strong = [...(one.metadata ?? []), ...ownersOf(one)];
        expect(new Set([...strong, answer.shopId])).toEqual(new Set([answer.shopId]));
        const said = [...strong, ...(one.seenAt ?? []), one.customerOf];
        expect(said).toContain(answer.shopId);
        if (one.aboutCustomer && one.customerOf !== undefined)
          expect(answer.shopId).toBe(one.customerOf);
      }),
      { numRuns: 5_000 },
    );
  });

  test('a customer never changes what metadata and the map say', () => {
    fc.assert(
      fc.property(withOwner, ({ seenAt, customerOf, ...rest }) => {
        fc.pre((rest.metadata ?? []).length + ownersOf(rest).length > 0);
        fc.pre(rest.aboutCustomer !== true);
        expect(essence({ ...rest, seenAt, customerOf })).toEqual(essence(rest));
      }),
      { numRuns: 2_000 },
    );
  });

  test('the order in which it names its objects changes nothing', () => {
    fc.assert(
      fc.property(withOwner, (one) => {
        const reversed = { ...one, objects: [...(one.objects ?? [])].reverse() };
        expect(essence(reversed)).toEqual(essence(one));
      }),
      { numRuns: 2_000 },
    );
  });

  test('only shops that exist are candidates', () => {
    fc.assert(
      fc.property(withOwner, (one) => {
        const answer = decided(one);
        if (answer.kind === 'resolved') return;
        for (const candidate of answer.candidates)
          expect([...SETTLING, CLOSED]).toContain(candidate);
      }),
    );
  });
});
