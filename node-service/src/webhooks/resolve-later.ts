/** A platform loop: looks again at events whose shop was not known, since an object may be mapped after its event came. */
import type Stripe from 'stripe';
import type { Deps } from '../deps.ts';
import { isDatabaseUnavailable, type PlatformTx, type TransactionLimits } from '../platform/db.ts';
import { errorFields } from '../platform/log.ts';
import { writeDeadLetter } from './dead-letter.ts';
import { type HandedOver, handOver } from './hand-over.ts';
import { identifiersOf } from './identifiers.rules.ts';
import { type Lesson, learnFrom } from './learn.ts';
import type { Undecided } from './resolution.rules.ts';
import { resolveShops } from './resolve-shop.ts';
import { isGivenUp, isRipe, TRIES, type Waited } from './waiting.rules.ts';

type Resolving = Pick<Deps, 'db' | 'config' | 'clock' | 'metrics' | 'log' | 'killPoint'>;

/** Whoever was looked at longest ago comes first, so that however many wait, each has its turn. */
const MOST_A_ROUND = 2_000;
const MOST_AT_ONCE = 100;
/** Two processes that look do not make a minute of half of one. */
const LOOKS_APART_SECONDS = 1;

/** Whoever holds a lock that one event needs must not hold up all the others for long. */
const LIMITS: TransactionLimits = { lockTimeoutMs: 500, statementTimeoutMs: 5_000 };

const WAITS = `status = 'received' and shop_id is null and looked_at <= now() - make_interval(secs => ${LOOKS_APART_SECONDS})`;

type Round = {
  readonly ids: readonly string[];
  /** Read before anything of the round is resolved: what was done by then has taught what it could. */
  readonly oldestUntriedAt: number | null;
};

/** @returns how many were looked at. */
export async function resolveLater(deps: Resolving): Promise<number> {
  const { ids, oldestUntriedAt } = await findRound(deps);
  let looked = 0;
  for (let from = 0; from < ids.length; from += MOST_AT_ONCE)
    looked += await lookAt(deps, ids.slice(from, from + MOST_AT_ONCE), oldestUntriedAt);
  return looked;
}

type Moments = { readonly received_at: number; readonly looks: number; readonly now: number };

const MOMENTS =
  'looks, extract(epoch from received_at)::float8 as received_at, extract(epoch from now())::float8 as now';

function waitedOf({ received_at: receivedAt, looks }: Moments): Waited {
  return { receivedAt, looks };
}

async function findRound({ db, config }: Resolving): Promise<Round> {
  return db.asPlatform('find waiting webhook events', async (tx) => {
    const rows = await tx.sql<Moments & { id: string }>(
      `select stripe_event_id as id, ${MOMENTS} from webhook_inbox
        where environment = $1 and ${WAITS} order by looked_at, received_at limit $2`,
      [config.environment, MOST_A_ROUND],
    );
    const ids = rows.map(({ id }) => id);
    // All the work that waits is read for it, so only where it decides something.
    if (!rows.some((row) => isRipe(waitedOf(row), row.now))) return { ids, oldestUntriedAt: null };
    const [oldest] = await tx.sql<{ at: number | null }>(
      `select extract(epoch from min(received_at))::float8 as at from webhook_inbox
        where environment = $1 and status = 'received' and shop_id is not null and attempts < $2`,
      [config.environment, TRIES],
      'commit',
    );
    return { ids, oldestUntriedAt: oldest?.at ?? null };
  });
}

/** One transaction; where it fails, by halves, so that an event that cannot be looked at holds up no other. */
async function lookAt(
  deps: Resolving,
  ids: readonly string[],
  oldestUntriedAt: number | null,
): Promise<number> {
  const { environment } = deps.config;
  try {
    return await deps.db.asPlatform(
      'resolve waiting webhook events',
      async (tx) => {
        const rows = await tx.sql<Moments & { request_id: string; payload: Stripe.Event }>(
          `select request_id, payload, ${MOMENTS} from webhook_inbox
          where environment = $1 and stripe_event_id = any($2) and ${WAITS}
          order by stripe_event_id for update skip locked`,
          [environment, ids],
        );
        const waiting = rows.map((row) => ({
          event: row.payload,
          requestId: row.request_id,
          isGivenUp: isGivenUp(waitedOf(row), row.now, oldestUntriedAt),
        }));
        if (rows.length > 0) await resolveWaiting(tx, deps, waiting);
        if (rows.length > 0) deps.killPoint('webhook.before_resolved');
        return rows.length;
      },
      LIMITS,
    );
  } catch (error) {
    if (isDatabaseUnavailable(error)) throw error;
    if (ids.length > 1) {
      const half = Math.ceil(ids.length / 2);
      const first = await lookAt(deps, ids.slice(0, half), oldestUntriedAt);
      return first + (await lookAt(deps, ids.slice(half), oldestUntriedAt));
    }
    deps.log.warn('a webhook event cannot be looked at', {
      stripeEventId: ids[0],
      ...errorFields(error),
    });
    await deps.db.asPlatform('look at a webhook event later', (tx) =>
      countLooks(tx, environment, ids),
    );
    return 1;
  }
}

async function countLooks(
  tx: PlatformTx,
  environment: string,
  ids: readonly string[],
): Promise<void> {
  await tx.sql(
    `update webhook_inbox set looks = looks + 1, looked_at = now()
      where environment = $1 and stripe_event_id = any($2)`,
    [environment, ids],
  );
}

type Waiting = Pick<HandedOver, 'event' | 'requestId'> & { readonly isGivenUp: boolean };

/** The caller has locked their rows. */
async function resolveWaiting(
  tx: PlatformTx,
  deps: Resolving,
  waiting: readonly Waiting[],
): Promise<void> {
  const { environment } = deps.config;
  const identifiers = waiting.map(({ event }) => identifiersOf(event));
  const resolutions = await resolveShops(tx, environment, identifiers);
  const resolved: (HandedOver & { readonly by: string })[] = [];
  const lessons: Lesson[] = [];
  const stillWaiting: string[] = [];
  for (const [index, { event, requestId, isGivenUp }] of waiting.entries()) {
    const resolution = resolutions[index];
    const named = identifiers[index];
    if (resolution === undefined || named === undefined)
      throw new Error(`nothing is known of event ${event.id}`);
    if (resolution.kind === 'resolved') {
      const { shopId, by, orderId, isProven } = resolution;
      resolved.push({ event, requestId, shopId, by });
      if (isProven) lessons.push({ identifiers: named, shopId, orderId });
    } else if (resolution.kind === 'contradiction' || isGivenUp) {
      await giveUp(tx, deps, event, resolution);
    } else stillWaiting.push(event.id);
  }
  if (stillWaiting.length > 0) await countLooks(tx, environment, stillWaiting);
  if (resolved.length === 0) return;
  await tx.sql(
    `update webhook_inbox set shop_id = r.shop, resolved_by = r.by, resolved_at = now()
       from unnest($2::text[], $3::text[], $4::text[]) as r (id, shop, by)
      where environment = $1 and stripe_event_id = r.id`,
    [
      environment,
      resolved.map(({ event }) => event.id),
      resolved.map(({ shopId }) => shopId),
      resolved.map(({ by }) => by),
    ],
  );
  await learnFrom(tx, environment, lessons);
  await handOver(tx, environment, resolved);
}

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
