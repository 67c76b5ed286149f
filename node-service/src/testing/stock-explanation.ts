/** Looks for an order of requests, one after another, that explains what they were answered and what they left. */
import {
  apply,
  copyOf,
  emptyModel,
  letTimeRunOut,
  type Model,
  type ModelHold,
  type ModelRequest,
} from './stock-model.ts';

/** What a request was answered, in the words of `textOf`. */
export type Done = {
  readonly allocator: number;
  readonly request: ModelRequest;
  readonly text: string;
};

/** The text of a request whose connection was lost: whether it was done nobody knows. */
export const LOST = 'lost';

const isBusy = ({ text }: Done): boolean => text.startsWith('refused: inventory_busy');
const claimOf = ({ request: { claim } }: Done): string | undefined =>
  claim && `${claim.operation} ${claim.key}`;

/** Of two requests under one key at one allocator the second waits for the first, and lets others pass. */
function mayBePassed(one: Done, all: readonly Done[]): boolean {
  const id = claimOf(one);
  if (id === undefined) return false;
  const before = all.slice(0, all.indexOf(one));
  return before.some((other) => other.allocator === one.allocator && claimOf(other) === id);
}

/** First come, first served: whoever came earlier to the same allocator is answered earlier. */
function mayBeNext(one: Done, rest: readonly Done[], all: readonly Done[]): boolean {
  const before = rest.slice(0, rest.indexOf(one));
  const id = claimOf(one);
  return before.every(
    (other) =>
      other.allocator !== one.allocator ||
      (mayBePassed(other, all) && (id === undefined || claimOf(other) !== id)),
  );
}

function* orders(
  model: Model,
  rest: readonly Done[],
  all: readonly Done[],
  nowMs: number,
): Generator<Model> {
  if (rest.length === 0) {
    yield model;
    return;
  }
  for (const one of rest) {
    if (!mayBeNext(one, rest, all)) continue;
    const others = rest.filter((other) => other !== one);
    const after = copyOf(model);
    const text = apply(after, one.request, nowMs);
    if (one.text === LOST || one.text === text) yield* orders(after, others, all, nowMs);
    if (one.text === LOST) yield* orders(model, others, all, nowMs);
  }
}

/**
 * The model after an order of the requests in which each is answered as it was, and which leaves what was found (see
 * `settled`); null where there is none. Whoever was told that the shop is busy has changed nothing.
 */
export function explain(
  model: Model,
  done: readonly Done[],
  found: string,
  nowMs: number,
): Model | null {
  const decided = done.filter((one) => !isBusy(one));
  for (const after of orders(model, decided, decided, nowMs))
    if (settled(after, nowMs) === found) return after;
  return null;
}

const sorted = <T>(map: ReadonlyMap<string, T>): [string, T][] =>
  [...map].sort(([a], [b]) => (a < b ? -1 : 1));

/** Comparable: a hold whose time ran out may still wait to be ended, since nobody has asked for its stock. */
export function settled(world: Model, nowMs: number): string {
  const model = copyOf(world);
  letTimeRunOut(model, nowMs);
  return JSON.stringify({
    onHand: sorted(model.onHand),
    holds: sorted(model.holds).map(([id, hold]) => [id, { ...hold, lines: sorted(hold.lines) }]),
    claims: sorted(model.claims),
    payments: sorted(model.payments),
    jobs: [...model.jobs].sort(),
  });
}

type Rows = <T extends Record<string, unknown>>(sql: string, params?: unknown[]) => Promise<T[]>;

async function readHolds(rows: Rows, shopId: string, run: string): Promise<Map<string, ModelHold>> {
  const holds = await rows<{
    hold_id: string;
    state: ModelHold['state'];
    expiry: ModelHold['expiry'];
    expires_at: Date;
    returned: boolean;
    lines: Record<string, number>;
  }>(
    `select h.hold_id, h.state, h.expiry, h.expires_at, h.returned_at is not null as returned,
            (select json_object_agg(l.variant_key, l.quantity order by l.variant_key) from hold_line l
              where l.shop_id = h.shop_id and l.hold_id = h.hold_id) as lines
       from hold h where h.shop_id = $1 and h.hold_id like $2`,
    [shopId, `${run}-hold-%`],
  );
  return new Map(
    holds.map(({ hold_id, state, expiry, expires_at, returned, lines }) => [
      hold_id,
      {
        lines: new Map(Object.entries(lines)),
        expiry,
        state,
        expiresAtMs: expires_at.getTime(),
        returned,
      },
    ]),
  );
}

/** What the database has of one run, in the model's words. */
export async function readModel(rows: Rows, shopId: string, run: string): Promise<Model> {
  const stock = await rows<{ variant_key: string; on_hand: string }>(
    'select variant_key, on_hand from stock where shop_id = $1 and variant_key like $2',
    [shopId, `v1:${run}-%`],
  );
  const claims = await rows<{
    id: string;
    request_hash: string;
    answer_body: string | null;
    lease_until: Date;
  }>(
    `select operation || ' ' || key as id, request_hash, answer_body, lease_until
       from idempotency_claim where shop_id = $1 and principal = $2`,
    [shopId, run],
  );
  const payments = await rows<{ payment_reference: string; hold_id: string }>(
    'select payment_reference, hold_id from hold_payment where shop_id = $1 and hold_id like $2',
    [shopId, `${run}-hold-%`],
  );
  const jobs = await rows<{ key: string }>(
    'select key from graphile_worker.jobs where key like $1',
    [`${run}-hold-%`],
  );
  const model = emptyModel(new Map(stock.map((row) => [row.variant_key, Number(row.on_hand)])));
  for (const [id, hold] of await readHolds(rows, shopId, run)) model.holds.set(id, hold);
  for (const { id, request_hash, answer_body, lease_until } of claims)
    model.claims.set(id, {
      requestHash: request_hash,
      answer: answer_body,
      leaseUntilMs: lease_until.getTime(),
    });
  for (const { payment_reference, hold_id } of payments)
    model.payments.set(payment_reference, hold_id);
  for (const { key } of jobs) model.jobs.add(key);
  return model;
}
