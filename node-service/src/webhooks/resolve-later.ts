import type Stripe from 'stripe';
import type { Deps } from '../deps.ts';
import type { PlatformTx } from '../platform/db.ts';
import { writeDeadLetter } from './dead-letter.ts';
import { handOver } from './hand-over.ts';
import { identifiersOf } from './identifiers.rules.ts';
import { learnFrom } from './learn.ts';
import type { Undecided } from './resolution.rules.ts';
import { resolveShops } from './resolve-shop.ts';

type Resolving = Pick<Deps, 'config' | 'clock' | 'metrics' | 'log'>;

/** An event of the inbox that has no shop. */
export type Waiting = {
  readonly event: Stripe.Event;
  readonly requestId: string;
  /** Whether it has waited long enough for its shop to become known. */
  readonly isGivenUp: boolean;
};

const GIVE_UP_AFTER_SECONDS = 60;

async function giveUp(
  tx: PlatformTx,
  deps: Resolving,
  event: Stripe.Event,
  { kind, detail, candidates }: Undecided,
): Promise<void> {
  await writeDeadLetter(tx, deps, {
    source: 'webhook',
    reference: event.id,
    shopId: null,
    reason: kind === 'contradiction' ? 'contradicting_tenant' : 'unresolved_tenant',
    detail: `${event.type}: ${detail}`,
    payload: event,
    candidates,
  });
}

/**
 * Asks whose these events of the inbox are by now, and hands over those that are somebody's: a contradiction is a dead
 * letter, and so is what has waited long enough. The caller has locked their rows.
 */
export async function resolveWaiting(
  tx: PlatformTx,
  deps: Resolving,
  waiting: readonly Waiting[],
): Promise<void> {
  const { environment } = deps.config;
  const identifiers = waiting.map(({ event }) => identifiersOf(event));
  const resolutions = await resolveShops(tx, environment, identifiers);
  for (const [index, { event, requestId, isGivenUp }] of waiting.entries()) {
    const resolution = resolutions[index];
    const named = identifiers[index];
    if (resolution === undefined || named === undefined)
      throw new Error(`nothing is known of event ${event.id}`);
    if (resolution.kind === 'resolved') {
      const { shopId, by, orderId, isProven } = resolution;
      await tx.sql(
        `update webhook_inbox set shop_id = $3, resolved_by = $4, resolved_at = now()
          where environment = $1 and stripe_event_id = $2`,
        [environment, event.id, shopId, by],
      );
      if (isProven) await learnFrom(tx, environment, [{ identifiers: named, shopId, orderId }]);
      await handOver(tx, environment, shopId, { event, requestId });
    } else if (resolution.kind === 'contradiction' || isGivenUp) {
      await giveUp(tx, deps, event, resolution);
    }
  }
}

/**
 * A platform loop: looks again at events whose shop was not known, since an object may be mapped a moment after its
 * event came. After a minute they are dead letters.
 * @returns how many were looked at.
 */
export async function resolveLater(
  deps: Resolving & Pick<Deps, 'db' | 'killPoint'>,
): Promise<number> {
  return deps.db.asPlatform('resolve waiting webhook events', async (tx) => {
    const rows = await tx.sql<{ request_id: string; payload: Stripe.Event; given_up: boolean }>(
      `select request_id, payload, received_at < now() - make_interval(secs => $2) as given_up
         from webhook_inbox
        where environment = $1 and status = 'received' and shop_id is null
        order by received_at limit 100 for update skip locked`,
      [deps.config.environment, GIVE_UP_AFTER_SECONDS],
    );
    const waiting = rows.map(({ payload, request_id, given_up }) => ({
      event: payload,
      requestId: request_id,
      isGivenUp: given_up,
    }));
    await resolveWaiting(tx, deps, waiting);
    if (rows.length > 0) deps.killPoint('webhook.before_resolved');
    return rows.length;
  });
}
