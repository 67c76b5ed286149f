import type Stripe from 'stripe';
import type { Deps } from '../deps.ts';
import { secondsAfter } from '../platform/clock.ts';
import type { ShopTx } from '../platform/db.ts';
import { abandon, type HeldClaim } from '../platform/idempotency.ts';
import { outcomeOf } from '../platform/stripe/index.ts';
import type { Order, OrderToOpen } from './order.entities.ts';
import { recordFacts, recordSession, setSessionState } from './order-rows.ts';
import { settleOrder } from './settle-order.ts';

export type OpenedSession =
  | { readonly kind: 'open'; readonly session: Stripe.Checkout.Session }
  /** Definitely not: the stock is free again, and so is the key. */
  | { readonly kind: 'refused'; readonly code: string }
  /** It may be there. The hold stays until Stripe can be asked. */
  | { readonly kind: 'unknown'; readonly cause: unknown };

type Opening = Pick<
  Deps,
  'db' | 'allocator' | 'clock' | 'metrics' | 'log' | 'config' | 'stripe' | 'killPoint'
>;

/** After this, a session that nobody learnt the id of has expired by itself, unpaid. */
const SURELY_OVER_AFTER_SECONDS = 300;

function isSurelyOver(order: Order, now: Date): boolean {
  return secondsAfter(order.sessionExpiresAt, SURELY_OVER_AFTER_SECONDS) <= now;
}

async function refuse(
  deps: Opening,
  shopId: string,
  order: Order,
  reason: { code: string; held: HeldClaim },
): Promise<void> {
  await deps.db.inShop(shopId, async (tx) => {
    await Promise.all([
      recordFacts(tx, order.orderId, [
        {
          kind: 'session_refused',
          reference: order.orderId,
          detail: reason.code,
          occurredAt: deps.clock.now(),
        },
      ]),
      setSessionState(tx, order.orderId, 'refused'),
      abandon(tx, reason.held),
    ]);
  });
  await settleOrder(deps, shopId, order.orderId);
}

/**
 * Asks Stripe for the order's session: the identical call under the identical key, whoever makes it and however often,
 * so that there is never a second session. A definite refusal frees the stock and the claim.
 *
 * @param claim `onOpened` runs in the transaction that writes the session down; `isFirstCall` where no call can have been
 * made before, so that a 429 is a definite refusal.
 */
export async function openSession(
  deps: Opening,
  shopId: string,
  order: OrderToOpen,
  claim: {
    readonly held: HeldClaim;
    readonly isFirstCall?: boolean;
    readonly onOpened?: (tx: ShopTx, session: Stripe.Checkout.Session) => Promise<void>;
  },
): Promise<OpenedSession> {
  if (isSurelyOver(order, deps.clock.now())) {
    await refuse(deps, shopId, order, { code: 'never_learnt', held: claim.held });
    return { kind: 'refused', code: 'never_learnt' };
  }
  const idempotencyKey = `checkout:${shopId}:${order.orderId}`;
  deps.killPoint('checkout.before_stripe');
  const outcome = await outcomeOf(() =>
    deps.stripe.checkout.sessions.create(order.stripeRequest, { idempotencyKey }),
  );
  deps.killPoint('checkout.after_stripe');
  deps.metrics.stripeCalls.inc({
    shop: shopId,
    call: 'checkout.sessions.create',
    outcome: outcome.kind,
  });
  const refused = async (code: string): Promise<OpenedSession> => {
    deps.log.warn('stripe refused a checkout session', { shopId, orderId: order.orderId, code });
    await refuse(deps, shopId, order, { code, held: claim.held });
    return { kind: 'refused', code };
  };
  switch (outcome.kind) {
    case 'ok': {
      const { value: session } = outcome;
      await deps.db.inShop(shopId, async (tx) => {
        const opened = { id: session.id, clientSecret: session.client_secret };
        await Promise.all([
          recordSession(tx, order, opened, deps.config.environment),
          claim.onOpened?.(tx, session),
        ]);
      });
      deps.killPoint('checkout.after_session_recorded');
      return { kind: 'open', session };
    }
    case 'rate_limited':
      // An earlier call may have made the session all the same.
      if (claim.isFirstCall !== true) return { kind: 'unknown', cause: new Error('429') };
      return refused('rate_limited');
    case 'refused':
      return refused(outcome.code);
    case 'unknown':
      return outcome;
  }
}
