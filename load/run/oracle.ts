/** Asks the service and the payment stand-in how it ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { InventoryAudit } from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { ShopTarget } from '../scenarios/settings.ts';
import type { Operator } from './operator.ts';
import { judge, type OracleCheck, type SessionSeen, type ShopSeen } from './oracle.rules.ts';
import { requestJson } from './request.ts';

/** Of the stand-in's `sessions`. */
type StandInSession = {
  readonly id: string;
  readonly status: 'open' | 'complete' | 'expired';
  readonly payment_status: string;
  readonly expires_at: number;
  readonly metadata: { readonly shop_id?: string; readonly order_id?: string } | null;
};

type Asked = {
  readonly operator: Operator;
  readonly standIn: string;
  readonly shops: readonly ShopTarget[];
};

/** How things stood before the run: what is older than it is not judged. */
export type Baseline = {
  readonly audits: ReadonlyMap<string, InventoryAudit>;
  readonly sessionIds: ReadonlySet<string>;
};

export type Verdict = {
  readonly checks: readonly OracleCheck[];
  readonly audits: readonly InventoryAudit[];
};

/** Webhooks, jobs and refunds are done by then, or something is wrong. */
const AT_REST_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 1_000;
const ASK_AT_ONCE = 8;

async function sessionsAt(standIn: string): Promise<readonly StandInSession[]> {
  const url = `${standIn}/_stand-in/sessions`;
  const { sessions } = await requestJson<{ sessions: StandInSession[] }>({ url });
  return sessions;
}

async function isRefunded(standIn: string, { id }: StandInSession): Promise<boolean> {
  const url = `${standIn}/_stand-in/sessions/${id}`;
  const { charge } = await requestJson<{ charge: { refunded?: boolean } | null }>({ url });
  return charge?.refunded === true;
}

export async function takeBaseline({ operator, standIn, shops }: Asked): Promise<Baseline> {
  const audits = new Map<string, InventoryAudit>();
  for (const { shopId } of shops) audits.set(shopId, await operator.audit(shopId));
  const sessions = await sessionsAt(standIn);
  return { audits, sessionIds: new Set(sessions.map(({ id }) => id)) };
}

async function seen(asked: Asked, shop: ShopTarget, session: StandInSession): Promise<SessionSeen> {
  const orderId = session.metadata?.order_id ?? '';
  const checkoutSessionId = session.id;
  const status = await asked.operator
    .orderStatus(shop, { orderId, checkoutSessionId })
    .catch((error: unknown) => ({ noAnswer: (error as Error).message }));
  const isPaid = session.status === 'complete' && session.payment_status === 'paid';
  // Only an order that was not kept may have been refunded: the rest need not be asked for.
  const refunded = isPaid && status !== 'confirmed' && (await isRefunded(asked.standIn, session));
  const unpaid = session.status === 'expired' ? 'ended' : 'open';
  return {
    sessionId: session.id,
    orderId,
    expiresAt: session.expires_at,
    status,
    state: refunded ? 'refunded' : isPaid ? 'paid' : unpaid,
  };
}

/** In the order of `items`, a few at a time. */
async function mapSome<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += ASK_AT_ONCE)
    results.push(...(await Promise.all(items.slice(from, from + ASK_AT_ONCE).map(work))));
  return results;
}

async function lookOnce(asked: Asked, baseline: Baseline): Promise<Verdict> {
  const all = await sessionsAt(asked.standIn);
  const made = all.filter(({ id }) => !baseline.sessionIds.has(id));
  const shops: ShopSeen[] = [];
  for (const shop of asked.shops) {
    const { shopId } = shop;
    const own = made.filter(({ metadata }) => metadata?.shop_id === shopId);
    const sessions = await mapSome(own, (session) => seen(asked, shop, session));
    const after = await asked.operator.audit(shopId);
    const before = baseline.audits.get(shopId) ?? after;
    shops.push({ shopId, before, after, sessions });
  }
  const known = new Set(asked.shops.map(({ shopId }) => shopId));
  const astray = made.filter(({ metadata }) => !known.has(metadata?.shop_id ?? ''));
  const checks = judge(shops, Date.now() / 1_000);
  if (astray.length > 0)
    checks.push({
      shopId: '',
      name: 'every session is a known shop’s',
      met: false,
      detail: astray.map(({ id }) => id).join(', '),
    });
  return { checks, audits: shops.map(({ after }) => after) };
}

/** Looks until all is well, and answers what is still wrong after a while. */
export async function askOracle(asked: Asked, baseline: Baseline): Promise<Verdict> {
  const untilMs = Date.now() + AT_REST_WITHIN_MS;
  for (;;) {
    const verdict = await lookOnce(asked, baseline);
    if (verdict.checks.every(({ met }) => met) || Date.now() > untilMs) return verdict;
    await sleep(LOOK_EVERY_MS);
  }
}
