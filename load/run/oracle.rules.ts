/** Whether the service and the payment provider tell one and the same story. What the buyers' script saw is not asked. */
import type { InventoryAudit } from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { Order } from '@commerce/generated/public-v1/client/types.gen.ts';

/** A session at the payment provider, made during the run, and what the shop says of its order. */
export type SessionSeen = {
  readonly sessionId: string;
  readonly orderId: string;
  readonly state: 'open' | 'paid' | 'refunded' | 'ended';
  /** Unix seconds; until then an open session may hold its unit. */
  readonly expiresAt: number;
  /** What went wrong instead, where the shop gave no status. */
  readonly status: Order['status'] | { readonly noAnswer: string };
};

/** One shop, before and after. Every order of a run is of one unit. */
export type ShopSeen = {
  readonly shopId: string;
  readonly before: InventoryAudit;
  readonly after: InventoryAudit;
  readonly sessions: readonly SessionSeen[];
};

export type OracleCheck = {
  readonly shopId: string;
  readonly name: string;
  readonly met: boolean;
  /** The figures, and the first contradictions. */
  readonly detail: string;
};

const SHOWN = 10;

function check(shopId: string, name: string, wrong: readonly string[], right: string): OracleCheck {
  const more = wrong.length > SHOWN ? `, and ${wrong.length - SHOWN} more` : '';
  return {
    shopId,
    name,
    met: wrong.length === 0,
    detail: wrong.length === 0 ? right : wrong.slice(0, SHOWN).join('; ') + more,
  };
}

type Units = 'stocked' | 'sold' | 'held' | 'free';

export function sumOf({ variants }: InventoryAudit, units: Units): number {
  return variants.reduce((sum, variant) => sum + variant[units], 0);
}

function stockChecks({ shopId, after }: ShopSeen): OracleCheck[] {
  const [stocked, sold, held, free] = (['stocked', 'sold', 'held', 'free'] as const).map((units) =>
    sumOf(after, units),
  );
  return [
    check(
      shopId,
      'its own audit finds nothing',
      after.findings.map(({ kind, subject, detail }) => `${kind} ${subject}: ${detail}`),
      `${after.variants.length} variants, no findings`,
    ),
    check(
      shopId,
      'sold + held + free = stocked',
      after.variants
        .filter((variant) => variant.sold + variant.held + variant.free !== variant.stocked)
        .map((v) => `${v.variantKey}: ${v.sold} + ${v.held} + ${v.free} is not ${v.stocked}`),
      `${sold} + ${held} + ${free} = ${stocked}`,
    ),
    check(
      shopId,
      'nothing is oversold',
      after.variants
        .filter(({ sold, held, stocked }) => sold + held > stocked)
        .map((v) => `${v.variantKey}: ${v.sold} sold and ${v.held} held of ${v.stocked}`),
      'no variant has more sold and held than was stocked',
    ),
  ];
}

function told({ status }: SessionSeen): string {
  return typeof status === 'string' ? status : status.noAnswer;
}

const KEPT: readonly unknown[] = ['confirmed', 'partially_refunded'];

/** An order that could not be honoured is refunded, and then has no stock. */
function isHonoured({ state, status }: SessionSeen): boolean {
  if (state === 'refunded') return status === 'refunded' || status === 'needs_attention';
  return KEPT.includes(status);
}

function paymentChecks({ shopId, before, after, sessions }: ShopSeen): OracleCheck[] {
  const took = sessions.filter(({ state }) => state === 'paid' || state === 'refunded');
  const paid = took.filter(({ state }) => state === 'paid');
  const others = sessions.filter(({ state }) => state === 'open' || state === 'ended');
  const sold = sumOf(after, 'sold') - sumOf(before, 'sold');
  const kept = took.filter(({ status }) => KEPT.includes(status)).length;
  const orders = Map.groupBy(took, ({ orderId }) => orderId);
  return [
    check(
      shopId,
      'every payment has an order, confirmed or refunded',
      took
        .filter((session) => !isHonoured(session))
        .map(
          (session) =>
            `${session.sessionId} is ${session.state}, and ${session.orderId} is ${told(session)}`,
        ),
      `${paid.length} paid sessions, ${took.length - paid.length} refunded`,
    ),
    check(
      shopId,
      'no order is paid twice',
      [...orders].flatMap(([orderId, all]) =>
        all.length > 1 ? [`${orderId} has ${all.length} paid sessions`] : [],
      ),
      `${orders.size} orders, one payment each`,
    ),
    check(
      shopId,
      'no order is confirmed without its payment',
      others
        .filter(({ status }) => KEPT.includes(status) || status === 'refunded')
        .map(
          (session) =>
            `${session.orderId} is ${told(session)}, and ${session.sessionId} was never paid`,
        ),
      `${others.length} sessions were not paid`,
    ),
    check(
      shopId,
      'as many units are sold as were paid for',
      sold === kept ? [] : [`${sold} sold, and ${kept} paid orders kept`],
      `${sold} sold, ${kept} paid orders kept`,
    ),
  ];
}

function holdChecks(
  { shopId, before, after, sessions }: ShopSeen,
  nowSeconds: number,
): OracleCheck[] {
  const open = sessions.filter(({ state }) => state === 'open');
  const late = open.filter(({ expiresAt }) => expiresAt < nowSeconds);
  const held = sumOf(after, 'held') - sumOf(before, 'held');
  return [
    check(
      shopId,
      'no hold is left over',
      [
        ...late.map(({ sessionId }) => `${sessionId} is open after its time`),
        ...(held === open.length
          ? []
          : [`${held} units are held for ${open.length} open sessions`]),
      ],
      open.length === 0
        ? 'nothing is held'
        : `${held} held, for sessions that are open in their time`,
    ),
    check(
      shopId,
      'what was given up has ended',
      sessions
        .filter(
          ({ state, status }) =>
            state === 'ended' && !['cancelled', 'expired', 'failed'].includes(String(status)),
        )
        .map(
          (session) => `${session.sessionId} has ended, and ${session.orderId} is ${told(session)}`,
        ),
      `${sessions.filter(({ state }) => state === 'ended').length} sessions ended unpaid`,
    ),
  ];
}

/** Every check of every shop. All is well where each is met. */
export function judge(shops: readonly ShopSeen[], nowSeconds: number): OracleCheck[] {
  return shops.flatMap((shop) => [
    ...stockChecks(shop),
    ...paymentChecks(shop),
    ...holdChecks(shop, nowSeconds),
  ]);
}
