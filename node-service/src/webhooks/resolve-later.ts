import type Stripe from 'stripe';
import type { Deps } from '../deps.ts';
import { writeDeadLetter } from './dead-letter.ts';
import { handOver } from './hand-over.ts';
import { identifiersOf } from './identifiers.rules.ts';
import { resolveShop } from './resolve-shop.ts';

type Unresolved = {
  stripe_event_id: string;
  request_id: string;
  payload: Stripe.Event;
  given_up: boolean;
};

const GIVE_UP_AFTER_SECONDS = 60;

/**
 * A platform loop: looks again at events whose shop was not known, since an object may be mapped a moment after its
 * event came. After a minute they are dead letters.
 * @returns how many were looked at.
 */
export async function resolveLater(
  deps: Pick<Deps, 'db' | 'config' | 'clock' | 'metrics' | 'log'>,
): Promise<number> {
  const { environment } = deps.config;
  return deps.db.asPlatform('resolve waiting webhook events', async (tx) => {
    const rows = await tx.sql<Unresolved>(
      `select stripe_event_id, request_id, payload, received_at < now() - make_interval(secs => $2) as given_up
         from webhook_inbox
        where environment = $1 and status = 'received' and shop_id is null
        order by received_at limit 100 for update skip locked`,
      [environment, GIVE_UP_AFTER_SECONDS],
    );
    for (const row of rows) {
      const reference = row.stripe_event_id;
      const resolution = await resolveShop(tx, environment, identifiersOf(row.payload));
      if (resolution.kind === 'resolved') {
        await tx.sql(
          `update webhook_inbox set shop_id = $3, resolved_by = $4, resolved_at = now() where environment = $1 and stripe_event_id = $2`,
          [environment, reference, resolution.shopId, resolution.by],
        );
        const { payload: event, request_id: requestId } = row;
        await handOver(tx, environment, resolution.shopId, { event, requestId });
      } else if (resolution.kind === 'contradiction') {
        await writeDeadLetter(tx, deps, {
          source: 'webhook',
          reference,
          shopId: null,
          reason: 'contradicting_tenant',
          detail: resolution.detail,
          payload: row.payload,
        });
      } else if (row.given_up) {
        await writeDeadLetter(tx, deps, {
          source: 'webhook',
          reference,
          shopId: null,
          reason: 'unresolved_tenant',
          detail: row.payload.type,
          payload: row.payload,
        });
      }
    }
    return rows.length;
  });
}
