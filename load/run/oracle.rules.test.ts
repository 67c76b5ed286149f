import type {
  AuditedVariant,
  AuditFinding,
  InventoryAudit,
} from '@commerce/generated/ops-v1/client/types.gen.ts';
import { describe, expect, test } from 'vitest';
import { judge, type SessionSeen, type ShopSeen } from './oracle.rules.ts';

const NOW = 1_000_000;

function audit(units: Partial<AuditedVariant>, findings: AuditFinding[] = []): InventoryAudit {
  const variant = {
    variantKey: 'v1:tee',
    sku: 'tee',
    stocked: 30,
    sold: 0,
    held: 0,
    free: 30,
    ...units,
  };
  return { shopId: 'a-shop', asOf: '2026-11-23T12:00:00Z', variants: [variant], findings };
}
let count = 0;
function session(state: SessionSeen['state'], status: SessionSeen['status']): SessionSeen {
  count += 1;
  return { sessionId: `cs_${count}`, orderId: `ord_${count}`, state, status, expiresAt: NOW + 600 };
}
const SOLD_TWO = audit({ sold: 2, free: 28 });
function shop(changes: Partial<ShopSeen>): ShopSeen {
  return {
    shopId: 'a-shop',
    before: audit({}),
    after: SOLD_TWO,
    sessions: [session('paid', 'confirmed'), session('paid', 'confirmed')],
    ...changes,
  };
}
const notMet = (changes: Partial<ShopSeen>): string[] =>
  judge([shop(changes)], NOW)
    .filter(({ met }) => !met)
    .map(({ name, detail }) => `${name}: ${detail}`);

describe('the oracle is content', () => {
  test('where every paid session is a confirmed order, and every unit is sold, held or free', () => {
    expect(notMet({})).toEqual([]);
    expect(judge([shop({})], NOW)).toHaveLength(9);
  });

  test('with what was cancelled, and what is open in its time and holds its unit', () => {
    const sessions = [
      session('paid', 'confirmed'),
      session('paid', 'confirmed'),
      session('ended', 'cancelled'),
      session('open', 'processing'),
    ];
    expect(notMet({ sessions, after: audit({ sold: 2, held: 1, free: 27 }) })).toEqual([]);
  });

  test('with a payment that could not be honoured and was refunded', () => {
    const sessions = [session('paid', 'confirmed'), session('refunded', 'refunded')];
    expect(notMet({ sessions, after: audit({ sold: 1, free: 29 }) })).toEqual([]);
  });

  test('with what was sold before the run', () => {
    expect(
      notMet({ before: audit({ sold: 5, free: 25 }), after: audit({ sold: 7, free: 23 }) }),
    ).toEqual([]);
  });
});

describe('the oracle finds', () => {
  test('what the shop’s own audit finds', () => {
    const finding = { kind: 'hold_leaked', subject: 'hold_1', detail: 'forgotten' } as const;
    expect(notMet({ after: audit({ sold: 2, free: 28 }, [finding]) })).toEqual([
      'its own audit finds nothing: hold_leaked hold_1: forgotten',
    ]);
  });

  test('units that are nowhere', () => {
    expect(notMet({ after: audit({ sold: 2, free: 27 }) })).toEqual([
      'sold + held + free = stocked: v1:tee: 2 + 0 + 27 is not 30',
    ]);
  });

  test('units that were sold and never stocked', () => {
    const paid = Array.from({ length: 31 }, () => session('paid', 'confirmed'));
    expect(notMet({ after: audit({ sold: 31, free: -1 }), sessions: paid })).toEqual([
      'nothing is oversold: v1:tee: 31 sold and 0 held of 30',
    ]);
  });

  test.each<[SessionSeen['state'], SessionSeen['status']]>([
    ['paid', 'processing'],
    ['paid', 'expired'],
    ['paid', 'refunded'],
    ['refunded', 'confirmed'],
    ['paid', { noAnswer: 'answered 404' }],
  ])('a session that is %s, and its order %j', (state, status) => {
    const broken = notMet({ sessions: [session('paid', 'confirmed'), session(state, status)] });
    expect(broken[0]).toMatch(/^every payment has an order, confirmed or refunded: cs_/);
  });

  test('an order that was paid twice', () => {
    const one = session('paid', 'confirmed');
    expect(notMet({ sessions: [one, { ...one, sessionId: 'cs_other' }] })).toEqual([
      `no order is paid twice: ${one.orderId} has 2 paid sessions`,
    ]);
  });

  test.each(['open', 'ended'] as const)('a confirmed order whose session is %s', (state) => {
    const sessions = [session('paid', 'confirmed'), session(state, 'confirmed')];
    expect(notMet({ sessions })[0]).toMatch(/^no order is confirmed without its payment: ord_/);
  });

  test('units that were sold to nobody who paid', () => {
    expect(notMet({ sessions: [session('paid', 'confirmed')] })).toEqual([
      'as many units are sold as were paid for: 2 sold, and 1 paid orders kept',
    ]);
  });

  test('a hold that nobody is going to pay for', () => {
    expect(notMet({ after: audit({ sold: 2, held: 1, free: 27 }) })).toEqual([
      'no hold is left over: 1 units are held for 0 open sessions',
    ]);
  });

  test('a session that is open after its time', () => {
    const late = { ...session('open', 'processing'), expiresAt: NOW - 1 };
    const sessions = [...shop({}).sessions, late];
    expect(notMet({ sessions, after: audit({ sold: 2, held: 1, free: 27 }) })).toEqual([
      `no hold is left over: ${late.sessionId} is open after its time`,
    ]);
  });

  test('an order that does not know that its session has ended', () => {
    const ended = session('ended', 'processing');
    expect(notMet({ sessions: [...shop({}).sessions, ended] })).toEqual([
      `what was given up has ended: ${ended.sessionId} has ended, and ${ended.orderId} is processing`,
    ]);
  });

  test('more than a page of it, and shows the first ten', () => {
    const sessions = Array.from({ length: 25 }, () => session('paid', 'expired'));
    const [first] = notMet({ sessions, after: audit({}) });
    expect(first).toMatch(/, and 15 more$/);
  });
});
