/** Dead letters, as operators read them. What a letter holds leaves in the answer to `getDeadLetter` alone. */
import type {
  DeadLetter,
  DeadLetterList,
  DeadLetterSummary,
  NamedStripeObject,
} from '@commerce/generated/ops-v1/client/types.gen.ts';
import type Stripe from 'stripe';
import type { Deps } from '../deps.ts';
import type { PlatformTx } from '../platform/db.ts';
import { Problem } from '../platform/problem.ts';
import { identifiersOf, type StripeObjectRef } from '../webhooks/index.ts';

export type LetterRow = {
  readonly dead_letter_id: string;
  readonly source: DeadLetterSummary['source'];
  readonly reference: string;
  readonly reason: DeadLetterSummary['reason'];
  readonly state: DeadLetterSummary['state'];
  readonly shop_id: string | null;
  readonly event_type: string | null;
  readonly occurrences: number;
  readonly created_at: string;
  readonly updated_at: string;
};

type WholeLetterRow = LetterRow & {
  readonly detail: string;
  readonly candidate_shops: readonly string[];
  readonly payload: Readonly<Record<string, unknown>>;
};

export const SUMMARY =
  'dead_letter_id, source, reference, reason, state, shop_id, event_type, occurrences, created_at, updated_at';

export function summaryOf(row: LetterRow): DeadLetterSummary {
  return {
    deadLetterId: row.dead_letter_id,
    source: row.source,
    reference: row.reference,
    reason: row.reason,
    state: row.state,
    ...(row.shop_id === null ? {} : { shopId: row.shop_id }),
    ...(row.event_type === null ? {} : { eventType: row.event_type }),
    occurrences: row.occurrences,
    createdAt: new Date(row.created_at).toISOString(),
    updatedAt: new Date(row.updated_at).toISOString(),
  };
}

export function letterUnknown(): Problem {
  return new Problem('dead_letter_not_found', { detail: 'There is no dead letter of this id.' });
}

export type LetterFilter = {
  readonly state: string | null;
  readonly reason: string | null;
  readonly source: string | null;
  readonly shopId: string | null;
  readonly eventType: string | null;
};

/** What `filterParams` fills from $1 on. */
export const FILTER = `environment = $1 and ($2::text is null or state = $2) and ($3::text is null or reason = $3)
  and ($4::text is null or source = $4) and ($5::text is null or shop_id = $5) and ($6::text is null or event_type = $6)`;

export function filterParams(environment: string, filter: LetterFilter): (string | null)[] {
  const { state, reason, source, shopId, eventType } = filter;
  return [environment, state, reason, source, shopId, eventType];
}

/** The newest first: ids are UUIDv7, which sort by time. */
export async function listLetters(
  { db, config }: Pick<Deps, 'db' | 'config'>,
  call: LetterFilter & { readonly before: string | null; readonly limit: number },
): Promise<DeadLetterList> {
  const rows = await db.asPlatform('list dead letters', (tx) =>
    tx.sql<LetterRow>(
      `select ${SUMMARY} from dead_letter where ${FILTER} and ($7::text is null or dead_letter_id < $7)
        order by dead_letter_id desc limit $8`,
      [...filterParams(config.environment, call), call.before, call.limit + 1],
    ),
  );
  const page = rows.slice(0, call.limit);
  const last = rows.length > call.limit ? page.at(-1) : undefined;
  return {
    items: page.map(summaryOf),
    ...(last === undefined ? {} : { next: last.dead_letter_id }),
  };
}

/** The customer is the weakest of them. */
function namedIn(event: Stripe.Event): StripeObjectRef[] {
  const { objects, customerId } = identifiersOf(event);
  return [
    ...objects,
    ...(customerId === null ? [] : [{ objectType: 'customer', stripeId: customerId }]),
  ];
}

/** Each with its owner, where that is known. */
async function withOwners(
  tx: PlatformTx,
  environment: string,
  objects: readonly StripeObjectRef[],
): Promise<NamedStripeObject[]> {
  const rows = await tx.sql<{ object_type: string; stripe_id: string; shop_id: string }>(
    `select m.object_type, m.stripe_id, m.shop_id
       from unnest($2::text[], $3::text[]) as o (object_type, stripe_id)
       join stripe_object_shop_map m
         on m.environment = $1 and m.object_type = o.object_type and m.stripe_id = o.stripe_id`,
    [
      environment,
      objects.map(({ objectType }) => objectType),
      objects.map(({ stripeId }) => stripeId),
    ],
  );
  const owners = new Map(rows.map((row) => [`${row.object_type} ${row.stripe_id}`, row.shop_id]));
  return objects.map(({ objectType, stripeId }) => {
    const shopId = owners.get(`${objectType} ${stripeId}`);
    return { stripeId, objectType, ...(shopId === undefined ? {} : { shopId }) };
  });
}

/** @throws Problem dead_letter_not_found */
export async function readLetter(
  { db, config }: Pick<Deps, 'db' | 'config'>,
  deadLetterId: string,
): Promise<DeadLetter> {
  const { environment } = config;
  return db.asPlatform('read a dead letter', async (tx) => {
    const [row] = await tx.sql<WholeLetterRow>(
      `select ${SUMMARY}, detail, candidate_shops, payload from dead_letter
        where dead_letter_id = $1 and environment = $2`,
      [deadLetterId, environment],
    );
    if (row === undefined) throw letterUnknown();
    const objects = row.source === 'webhook' ? namedIn(row.payload as unknown as Stripe.Event) : [];
    return {
      ...summaryOf(row),
      detail: row.detail,
      candidateShops: [...row.candidate_shops],
      objects: await withOwners(tx, environment, objects),
      payload: row.payload,
    };
  });
}
