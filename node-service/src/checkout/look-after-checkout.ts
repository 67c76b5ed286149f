/** The jobs that finish what a checkout left unfinished. Each may run at any time and any number of times. */
import type { Deps } from '../deps.ts';
import { secondsAfter } from '../platform/clock.ts';
import { enqueue } from '../platform/enqueue.ts';
import { abandon, type HeldClaim, renewLease } from '../platform/idempotency.ts';
import { openSession } from './open-session.ts';
import type { Order, OrderToOpen } from './order.entities.ts';
import { findOrderToOpen } from './order-rows.ts';
import { raiseAttention } from './raise-attention.ts';
import { type Decided, decideSettlement, settleOrder } from './settle-order.ts';
import { syncSession } from './sync-session.ts';

export type CheckoutJob = {
  readonly shopId: string;
  readonly requestId: string;
  readonly orderId: string;
};

type Takeover =
  | {
      readonly kind: 'finished';
      readonly decided: Decided | null;
      /** Whoever ended it has died before the key was free. */
      readonly isClaimed: boolean;
    }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'taken'; readonly order: OrderToOpen };

/** Takes over an unfinished checkout, unless whoever makes it is still at it. */
async function takeOver(deps: Deps, job: CheckoutJob, held: HeldClaim): Promise<Takeover> {
  const now = deps.clock.now();
  return deps.db.inShop(job.shopId, async (tx) => {
    const [order, [claim]] = await Promise.all([
      findOrderToOpen(tx, job.orderId, 'lock'),
      tx.sql<{ lease_until: string }>(
        `select lease_until from idempotency_claim
          where operation = $1 and principal = $2 and key = $3 and recovery_point = $4 and state = 'running' for update`,
        [held.operation, held.principal, held.key, job.orderId],
      ),
    ]);
    if (order === null) return { kind: 'finished', decided: null, isClaimed: false };
    // Open, and its answer not stored: who learnt the session was not the client's call.
    const unfinished = order.sessionState === 'open' && claim !== undefined;
    if (order.sessionState !== 'creating' && !unfinished) {
      const decided = await decideSettlement(deps, tx, job.orderId);
      return { kind: 'finished', decided, isClaimed: claim !== undefined };
    }
    if (claim !== undefined && new Date(claim.lease_until) > now) {
      const payload = {
        requestId: job.requestId,
        orderId: job.orderId,
        principal: held.principal,
        key: held.key,
      };
      await enqueue(tx, {
        task: 'recover_checkout',
        payload,
        runAt: secondsAfter(new Date(claim.lease_until), 1),
        key: null,
      });
      return { kind: 'waiting' };
    }
    await renewLease(tx, held, secondsAfter(now, deps.config.timing.claimLeaseSeconds));
    return { kind: 'taken', order };
  });
}

/**
 * A checkout whose process died, or never got Stripe's answer: learns its session by the identical call, ends it, and
 * frees the stock and the key. Nobody was given the session's secret, so nobody can have paid it.
 * @throws while Stripe does not answer, so that the job comes back.
 */
export async function recoverCheckout(
  deps: Deps,
  job: CheckoutJob & { readonly principal: string; readonly key: string },
): Promise<void> {
  const held: HeldClaim = {
    operation: 'createCheckoutSession',
    principal: job.principal,
    key: job.key,
    recoveryPoint: job.orderId,
  };
  const takeover = await takeOver(deps, job, held);
  if (takeover.kind === 'waiting') return;
  if (takeover.kind === 'finished') {
    await settleOrder(deps, job.shopId, job.orderId, takeover.decided);
    if (takeover.isClaimed) await deps.db.inShop(job.shopId, (tx) => abandon(tx, held));
    return;
  }
  const opened = await openSession(deps, job.shopId, takeover.order, { held });
  if (opened.kind === 'unknown')
    throw new Error('the outcome of a checkout is still unknown', { cause: opened.cause });
  if (opened.kind === 'refused') return;
  const order: Order = { ...takeover.order, checkoutSessionId: opened.session.id };
  deps.killPoint('recovery.before_expire');
  if (!(await syncSession(deps, job.shopId, order, 'expire')))
    throw new Error('an abandoned session is not ended yet');
  deps.killPoint('recovery.before_abandon');
  await deps.db.inShop(job.shopId, (tx) => abandon(tx, held));
}

/** The hold's time has come: the session is ended at Stripe before its stock is free. @throws while Stripe does not answer. */
export async function expireCheckout(deps: Deps, job: CheckoutJob): Promise<void> {
  const decided = await deps.db.inShop(job.shopId, (tx) => decideSettlement(deps, tx, job.orderId));
  if (decided === null) return;
  const { order } = decided;
  raiseAttention(deps, job.shopId, job.orderId, decided.added);
  if (order.sessionState === 'creating')
    throw new Error(`checkout ${job.orderId} is still unfinished`);
  if (order.sessionState !== 'open')
    return settleOrder(deps, job.shopId, job.orderId, { ...decided, added: [] });
  if (!(await syncSession(deps, job.shopId, order, 'expire')))
    throw new Error(`session of ${job.orderId} is not ended yet`);
}
