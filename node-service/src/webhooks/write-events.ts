/** One batch of events, in one transaction of two round trips: whose they are, and then all that is written. */
import type { PlatformTx, TransactionLimits } from '../platform/db.ts';
import { writeDeadLetter } from './dead-letter.ts';
import { type Fate, fateOf } from './fate.rules.ts';
import { EVENT_ATTEMPTS } from './hand-over.ts';
import { type Identifiers, identifiersOf } from './identifiers.rules.ts';
import type { InboxDeps, ReceivedEvent } from './inbox.ts';
import { type Lesson, learnFrom } from './learn.ts';
import { type Resolution, resolveShops } from './resolve-shop.ts';

/** What became of an event that is durable; a duplicate was so before. */
export type Written = Resolution | { readonly kind: 'duplicate' };

type Arrived = {
  readonly received: ReceivedEvent;
  readonly identifiers: Identifiers;
  readonly resolution: Resolution;
  readonly fate: Fate;
};

/** @returns what became of each, in their order. @throws when none of them is durable. */
export async function writeEvents(
  deps: InboxDeps,
  all: readonly ReceivedEvent[],
  limits: TransactionLimits,
): Promise<Written[]> {
  const { environment } = deps.config;
  const byId = new Map<string, ReceivedEvent>();
  for (const one of all) if (!byId.has(one.event.id)) byId.set(one.event.id, one);
  // In one order in every process: two batches with the same events would wait for each other otherwise.
  const first = [...byId.values()].sort((one, other) => (one.event.id < other.event.id ? -1 : 1));
  const written = await deps.db.asPlatform(
    'receive webhook events',
    async (tx) => {
      const identifiers = first.map(({ event }) => identifiersOf(event));
      const resolutions = await resolveShops(tx, environment, identifiers);
      const arrived = first.map((received, index): Arrived => {
        const resolution = resolutions[index];
        const named = identifiers[index];
        if (resolution === undefined || named === undefined)
          throw new Error(`nothing is known of event ${index}`);
        const fate = fateOf(received.event, resolution);
        return { received, identifiers: named, resolution, fate };
      });
      deps.killPoint('webhook.before_received');
      return write(tx, deps, environment, arrived);
    },
    limits,
  );
  deps.killPoint('webhook.after_received');
  return all.map((one) => {
    const isFirst = byId.get(one.event.id) === one;
    return (isFirst ? written.get(one.event.id) : undefined) ?? { kind: 'duplicate' };
  });
}

/** @returns those that were not there before, by id */
async function write(
  tx: PlatformTx,
  deps: InboxDeps,
  environment: string,
  arrived: readonly Arrived[],
): Promise<Map<string, Written>> {
  await learnFrom(tx, environment, arrived.flatMap(lessonOf));
  const letters = arrived.filter(({ fate }) => fate.kind === 'dead_letter');
  const added = await insertAndEnqueue(
    tx,
    environment,
    arrived,
    letters.length === 0 ? 'commit' : undefined,
  );
  const isNew = new Set(added);
  for (const { received, fate } of letters) {
    if (fate.kind !== 'dead_letter' || !isNew.has(received.event.id)) continue;
    await writeDeadLetter(tx, deps, {
      source: 'webhook',
      reference: received.event.id,
      shopId: null,
      reason: 'contradicting_tenant',
      detail: `${received.event.type}: ${fate.detail}`,
      payload: JSON.parse(received.json),
      candidates: fate.candidates,
    });
  }
  return new Map(
    arrived.flatMap(({ received: { event }, resolution }) =>
      isNew.has(event.id) ? [[event.id, resolution] as const] : [],
    ),
  );
}

/** What an event teaches that no job of its shop will apply, where the map proves whose it is. */
function lessonOf({ identifiers, resolution, fate }: Arrived): Lesson[] {
  if (resolution.kind !== 'resolved' || !resolution.isProven || fate.kind === 'job') return [];
  return [{ identifiers, shopId: resolution.shopId, orderId: resolution.orderId }];
}

/**
 * For each event that is new a row, and where its shop has something to do with it, a job. Payloads travel as one array:
 * Postgres then reads each once, and a third as long as when each is a member of a record.
 */
async function insertAndEnqueue(
  tx: PlatformTx,
  environment: string,
  arrived: readonly Arrived[],
  then: 'commit' | undefined,
): Promise<string[]> {
  const columns = arrived.map(columnsOf);
  const column = <K extends keyof Columns>(name: K): Columns[K][] =>
    columns.map((one) => one[name]);
  const [row] = await tx.sql<{ added: string[] }>(
    `with added as (
       insert into webhook_inbox
         (environment, stripe_event_id, endpoint, event_type, created_at, api_version, shop_id, resolved_by, resolved_at,
          request_id, status, finished_at, payload)
       select $1, id, endpoint, type, to_timestamp(created), version, shop, by, case when shop is not null then now() end,
              request, status, case when status = 'ignored' then now() end, payload
         from rows from (
                unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[]),
                jsonb_array_elements($11::jsonb)
              ) as given (id, endpoint, type, created, version, shop, by, request, status, payload)
       on conflict do nothing
       returning stripe_event_id, shop_id, request_id, status
     )
     select array(select stripe_event_id from added) as added,
            enqueue_events((select json_agg(json_build_object('shopId', shop_id, 'requestId', request_id, 'stripeEventId', stripe_event_id))
                              from added where status = 'received' and shop_id is not null), $12)`,
    [
      environment,
      column('id'),
      column('endpoint'),
      column('type'),
      column('created'),
      column('version'),
      column('shop'),
      column('by'),
      column('request'),
      column('status'),
      `[${arrived.map(({ received: { json } }) => json).join(',')}]`,
      EVENT_ATTEMPTS,
    ],
    then,
  );
  return row?.added ?? [];
}

type Columns = ReturnType<typeof columnsOf>;

function columnsOf({ received, resolution, fate }: Arrived) {
  const { event, endpoint, requestId } = received;
  const { id, type, created, api_version: version } = event;
  const isResolved = resolution.kind === 'resolved';
  return {
    id,
    endpoint,
    type,
    created,
    version: typeof version === 'string' ? version : null,
    shop: isResolved ? resolution.shopId : null,
    by: isResolved ? resolution.by : null,
    request: requestId,
    status: fate.kind === 'ignored' ? 'ignored' : 'received',
  };
}
