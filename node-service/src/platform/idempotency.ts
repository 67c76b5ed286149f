/**
 * Answering the same request once. A claim is a row in the shop's own tables, written in the transaction of the work
 * that it promises; `claim` and `complete` take a transaction, so that the use case or the allocator can own it.
 */
import type { Param, ShopTx } from './db.ts';
import { Problem } from './problem.ts';

/** Whose promise this is: shop (the transaction's), operation, principal and key. */
export type ClaimKey = {
  readonly operation: string;
  /** Token subject, else cart id, else the key itself. */
  readonly principal: string;
  readonly key: string;
};

/** A claim in hand. Whoever lost it to another under the same key changes nothing with it any more. */
export type HeldClaim = ClaimKey & {
  /** Where to take up the work if it is left: here, the order's id. */
  readonly recoveryPoint: string;
};

export type ClaimRequest = HeldClaim & {
  /** Hash of everything that makes this request this request. */
  readonly requestHash: string;
  readonly leaseUntil: Date;
};

export type StoredAnswer = { readonly status: number; readonly body: unknown };

export type ClaimResult =
  /** The work is the caller's to do. */
  | { readonly kind: 'claimed' }
  /** Done before: answer the same. */
  | { readonly kind: 'done'; readonly answer: StoredAnswer; readonly recoveryPoint: string | null }
  /** Somebody left it half done, and the lease is now the caller's. */
  | { readonly kind: 'resumed'; readonly recoveryPoint: string }
  | { readonly kind: 'running'; readonly leaseUntil: Date }
  /** The key was used for another request. */
  | { readonly kind: 'reused' };

/** What has become of a key that somebody has claimed. */
export type KnownClaim = Exclude<ClaimResult, { kind: 'claimed' }>;

/** A claim as the database has it. */
export type ClaimRow = ClaimKey & {
  request_hash: string;
  state: 'running' | 'done';
  lease_until: string;
  recovery_point: string | null;
  answer_status: number | null;
  answer_body: unknown;
};

const COLUMNS =
  'operation, principal, key, request_hash, state, lease_until, recovery_point, answer_status, answer_body';
const WHERE = 'operation = $1 and principal = $2 and key = $3';
const WHERE_HELD = `${WHERE} and recovery_point = $4 and state = 'running'`;

function params({ operation, principal, key }: ClaimKey): string[] {
  return [operation, principal, key];
}

function held({ recoveryPoint, ...key }: HeldClaim): Param[] {
  return [...params(key), recoveryPoint];
}

function judge(row: ClaimRow, requestHash: string, now: Date): KnownClaim {
  if (row.request_hash !== requestHash) return { kind: 'reused' };
  if (row.state === 'done') {
    const answer = { status: row.answer_status as number, body: row.answer_body };
    return { kind: 'done', answer, recoveryPoint: row.recovery_point };
  }
  const leaseUntil = new Date(row.lease_until);
  if (leaseUntil > now || row.recovery_point === null) return { kind: 'running', leaseUntil };
  return { kind: 'resumed', recoveryPoint: row.recovery_point };
}

/** What is known of a key, without claiming it: null when it was never used. */
export async function findClaim(
  tx: ShopTx,
  key: ClaimKey,
  requestHash: string,
  now: Date,
  then?: 'commit',
): Promise<KnownClaim | null> {
  const [row] = await tx.sql<ClaimRow>(
    `select ${COLUMNS} from idempotency_claim where shop_id = $4 and ${WHERE}`,
    [...params(key), tx.shopId],
    then,
  );
  return row === undefined ? null : judge(row, requestHash, now);
}

/** Claims the key, or says what has become of it. Waits for whoever is claiming it at this moment. */
export async function claim(tx: ShopTx, request: ClaimRequest, now: Date): Promise<ClaimResult> {
  const inserted = await tx.sql(
    `insert into idempotency_claim (shop_id, operation, principal, key, request_hash, state, lease_until, recovery_point, created_at)
     values ($1, $2, $3, $4, $5, 'running', $6, $7, $8) on conflict do nothing returning 1`,
    [
      tx.shopId,
      ...params(request),
      request.requestHash,
      request.leaseUntil,
      request.recoveryPoint,
      now,
    ],
  );
  return inserted.length > 0 ? { kind: 'claimed' } : resume(tx, request, now);
}

/** Takes over a claim that was left, or says what has become of it. */
export async function resume(
  tx: ShopTx,
  request: Omit<ClaimRequest, 'recoveryPoint'>,
  now: Date,
): Promise<KnownClaim> {
  const [row] = await tx.sql<ClaimRow>(
    `select ${COLUMNS} from idempotency_claim where shop_id = $4 and ${WHERE} for update`,
    [...params(request), tx.shopId],
  );
  // Given up by its owner between the two statements: the caller may simply ask again.
  if (row === undefined) return { kind: 'running', leaseUntil: now };
  const result = judge(row, request.requestHash, now);
  if (result.kind === 'resumed') {
    const { recoveryPoint } = result;
    await renewLease(tx, { ...request, recoveryPoint }, request.leaseUntil);
  }
  return result;
}

/**
 * What has become of keys that a batch of the allocator found claimed, by `claimId`. Takes over those that were left:
 * the lease is the caller's, unless somebody took it at this very moment.
 */
export async function takeUp(
  tx: ShopTx,
  requests: readonly ClaimRequest[],
  rows: readonly ClaimRow[],
  now: Date,
): Promise<Map<string, KnownClaim>> {
  const found = new Map(rows.map((row) => [claimId(row), row]));
  const results = new Map<string, KnownClaim>();
  for (const request of requests) {
    const row = found.get(claimId(request));
    if (row === undefined) continue;
    const result = judge(row, request.requestHash, now);
    const taken = result.kind !== 'resumed' || (await takeLease(tx, request, row));
    results.set(claimId(request), taken ? result : { kind: 'running', leaseUntil: now });
  }
  return results;
}

/** The rows of those of these keys that were used. */
export async function findClaims(
  { sql, shopId }: ShopTx,
  keys: readonly ClaimKey[],
): Promise<ClaimRow[]> {
  const asked = keys.map(({ operation, principal, key }) => ({ operation, principal, key }));
  return sql<ClaimRow>(
    `select i.*
       from jsonb_to_recordset($2) as c (operation text, principal text, key text)
      cross join lateral (
            select ${COLUMNS} from idempotency_claim
             where shop_id = $1 and operation = c.operation and principal = c.principal and key = c.key) i`,
    [shopId, JSON.stringify(asked)],
  );
}

async function takeLease(
  { sql, shopId }: ShopTx,
  { leaseUntil, ...key }: ClaimRequest,
  row: ClaimRow,
): Promise<boolean> {
  const taken = await sql(
    `update idempotency_claim set lease_until = $5
      where shop_id = $6 and ${WHERE} and recovery_point = $4 and state = 'running' and lease_until <= $7
  returning 1`,
    [...params(key), row.recovery_point, leaseUntil, shopId, row.lease_until],
  );
  return taken.length > 0;
}

/** One text for one claim of a shop. */
export function claimId({ operation, principal, key }: ClaimKey): string {
  return JSON.stringify([operation, principal, key]);
}

/**
 * Stores the answer, without tokens.
 * @throws Problem idempotency_in_progress where the work took so long that the claim is another's by now: an answer that
 *   is not stored would be taken back by the next one to the same key
 */
export async function complete(tx: ShopTx, claim: HeldClaim, answer: StoredAnswer): Promise<void> {
  const stored = await tx.sql(
    `update idempotency_claim set state = 'done', answer_status = $5, answer_body = $6 where ${WHERE_HELD} returning 1`,
    [...held(claim), answer.status, JSON.stringify(answer.body)],
  );
  if (stored.length > 0) return;
  throw new Problem(
    'idempotency_in_progress',
    { detail: 'The request took so long that it was taken up anew. Repeat it with the same key.' },
    { retryAfterMs: 1_000 },
  );
}

/** Gives the key back, so that the next request with it is a real retry. */
export async function abandon(tx: ShopTx, claim: HeldClaim): Promise<void> {
  await tx.sql(`delete from idempotency_claim where ${WHERE_HELD}`, held(claim));
}

export async function renewLease(tx: ShopTx, claim: HeldClaim, leaseUntil: Date): Promise<void> {
  await tx.sql(`update idempotency_claim set lease_until = $5 where ${WHERE_HELD}`, [
    ...held(claim),
    leaseUntil,
  ]);
}
