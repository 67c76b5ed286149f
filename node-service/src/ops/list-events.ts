import type {
  WebhookEvent,
  WebhookEventList,
} from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { Deps } from '../deps.ts';
import { Problem } from '../platform/problem.ts';

type EventRow = {
  readonly stripe_event_id: string;
  readonly endpoint: WebhookEvent['endpoint'];
  readonly event_type: string;
  readonly status: WebhookEvent['status'];
  readonly shop_id: string | null;
  readonly resolved_by: string | null;
  readonly attempts: number;
  readonly api_version: string | null;
  readonly created_at: string;
  readonly received_at: string;
  readonly resolved_at: string | null;
  readonly finished_at: string | null;
  readonly request_id: string;
};

const at = (time: string): string => new Date(time).toISOString();

function present(row: EventRow): WebhookEvent {
  return {
    stripeEventId: row.stripe_event_id,
    endpoint: row.endpoint,
    eventType: row.event_type,
    status: row.status,
    ...(row.shop_id === null ? {} : { shopId: row.shop_id }),
    ...(row.resolved_by === null ? {} : { resolvedBy: row.resolved_by }),
    attempts: row.attempts,
    ...(row.api_version === null ? {} : { apiVersion: row.api_version }),
    createdAt: at(row.created_at),
    receivedAt: at(row.received_at),
    ...(row.resolved_at === null ? {} : { resolvedAt: at(row.resolved_at) }),
    ...(row.finished_at === null ? {} : { finishedAt: at(row.finished_at) }),
    requestId: row.request_id,
  };
}

/** The database's own text of the time, to the microsecond: events of one millisecond keep their order. */
function cursorOf({ received_at, stripe_event_id }: EventRow): string {
  return Buffer.from(JSON.stringify([received_at, stripe_event_id])).toString('base64url');
}

const TIME = /^\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d){0,2}$/;

/** @throws Problem malformed_request for what no page has answered */
function placeOf(before: string | null): readonly [string | null, string | null] {
  if (before === null) return [null, null];
  try {
    const [time, id] = JSON.parse(Buffer.from(before, 'base64url').toString()) as unknown[];
    if (typeof time === 'string' && TIME.test(time) && typeof id === 'string') return [time, id];
  } catch {
    // Refused below, as any other text.
  }
  throw new Problem('malformed_request', {
    detail: 'The place to go on from is none.',
    errors: [{ path: '/query/before', message: 'is not the `next` of a page' }],
  });
}

export type EventFilter = {
  readonly status: string | null;
  readonly shopId: string | null;
  readonly eventType: string | null;
  readonly stripeEventId: string | null;
  readonly before: string | null;
  readonly limit: number;
};

/** The last received first, without what the events say. */
export async function listEvents(
  { db, config }: Pick<Deps, 'db' | 'config'>,
  { status, shopId, eventType, stripeEventId, before, limit }: EventFilter,
): Promise<WebhookEventList> {
  const place = placeOf(before);
  const rows = await db.asPlatform('list webhook events', (tx) =>
    tx.sql<EventRow>(
      `select stripe_event_id, endpoint, event_type, status, shop_id, resolved_by, attempts, api_version, created_at,
              received_at, resolved_at, finished_at, request_id
         from webhook_inbox
        where environment = $1 and ($2::text is null or status = $2) and ($3::text is null or shop_id = $3)
          and ($4::text is null or event_type = $4) and ($5::text is null or stripe_event_id = $5)
          and ($6::timestamptz is null or (received_at, stripe_event_id) < ($6::timestamptz, $7::text))
        order by received_at desc, stripe_event_id desc limit $8`,
      [config.environment, status, shopId, eventType, stripeEventId, ...place, limit + 1],
    ),
  );
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return { items: page.map(present), ...(last === undefined ? {} : { next: cursorOf(last) }) };
}
