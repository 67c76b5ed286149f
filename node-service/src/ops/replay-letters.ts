/** A dead letter handed on again. Every act is one transaction: the letter, the event or the job, and the audit. */
import type {
  DeadLetterAct,
  DeadLetterReplays,
} from '@commerce/generated/ops-v1/client/types.gen.ts';
import type Stripe from 'stripe';
import type { Deps } from '../deps.ts';
import type { PlatformTx } from '../platform/db.ts';
import { MAX_ATTEMPTS } from '../platform/enqueue.ts';
import { Problem } from '../platform/problem.ts';
import { fateOf, handOver, identifiersOf, learnFrom, resolveShop } from '../webhooks/index.ts';
import { type Acting, recordOperatorAct } from './acts.ts';
import { FILTER, filterParams, type LetterFilter, letterUnknown } from './letters.ts';

export type LetterDeps = Pick<Deps, 'db' | 'config' | 'clock'>;

type Letter = {
  readonly source: 'webhook' | 'job';
  readonly reference: string;
  readonly reason: string;
  readonly state: DeadLetterAct['state'];
  readonly shop_id: string | null;
  readonly payload: unknown;
};

/** Whether there was something to hand on, and to which shop; or why there is not. */
type Handed =
  | { readonly ok: true; readonly shopId: string | null }
  | { readonly ok: false; readonly why: string };

export type Replay = Handed & { readonly changed: boolean };

/** Whoever comes second waits here, and finds what the first one did. */
export async function lockLetter(
  tx: PlatformTx,
  environment: string,
  deadLetterId: string,
): Promise<Letter> {
  const [letter] = await tx.sql<Letter>(
    `select source, reference, reason, state, shop_id, payload from dead_letter
      where dead_letter_id = $1 and environment = $2 for update`,
    [deadLetterId, environment],
  );
  if (letter === undefined) throw letterUnknown();
  return letter;
}

export async function endLetter(
  tx: PlatformTx,
  deadLetterId: string,
  state: 'replayed' | 'discarded',
  shopId: string | null,
): Promise<void> {
  await tx.sql(
    `update dead_letter set state = $2, shop_id = coalesce($3, shop_id), updated_at = now() where dead_letter_id = $1`,
    [deadLetterId, state, shopId],
  );
}

type InboxRow = { readonly status: string; readonly shop_id: string | null };

/** Whose the event is now, null for nobody's business; or why nobody can say. */
type Found =
  | { readonly ok: true; readonly shopId: string | null; readonly by: string | null }
  | { readonly ok: false; readonly why: string };

/** The shop that it had, which is no proof where two were named; else whoever its objects belong to by now. */
async function findShop(
  tx: PlatformTx,
  environment: string,
  letter: Letter,
  known: string | null,
): Promise<Found> {
  if (known !== null && letter.reason !== 'contradicting_tenant')
    return { ok: true, shopId: known, by: null };
  const event = letter.payload as Stripe.Event;
  const identifiers = identifiersOf(event);
  const resolution = await resolveShop(tx, environment, identifiers);
  if (resolution.kind === 'resolved') {
    const { shopId, by, orderId, isProven } = resolution;
    if (isProven) await learnFrom(tx, environment, [{ identifiers, shopId, orderId }]);
    return { ok: true, shopId, by };
  }
  if (fateOf(event, resolution).kind === 'ignored') return { ok: true, shopId: null, by: null };
  const why =
    resolution.kind === 'contradiction'
      ? `The event still contradicts itself: ${resolution.detail}.`
      : `The event still belongs to no shop: ${resolution.detail}. Associate an object that it names first.`;
  return { ok: false, why };
}

async function replayEvent(
  tx: PlatformTx,
  { environment }: Deps['config'],
  letter: Letter,
  requestId: string,
): Promise<Handed> {
  const { reference } = letter;
  const [row] = await tx.sql<InboxRow>(
    `select status, shop_id from webhook_inbox where environment = $1 and stripe_event_id = $2 for update`,
    [environment, reference],
  );
  if (row === undefined) return { ok: false, why: 'The inbox does not have the event any more.' };
  // Somebody has handed it on already.
  if (row.status !== 'dead_letter') return { ok: true, shopId: row.shop_id };
  const found = await findShop(tx, environment, letter, row.shop_id);
  if (!found.ok) return found;
  const { shopId, by } = found;
  await tx.sql(
    `update webhook_inbox
        set status = $3, attempts = 0, last_error = null, finished_at = case when $3 = 'ignored' then now() end,
            shop_id = $4, resolved_by = coalesce($5, resolved_by),
            resolved_at = case when $4::text is null then null else coalesce(resolved_at, now()) end
      where environment = $1 and stripe_event_id = $2`,
    [environment, reference, shopId === null ? 'ignored' : 'received', shopId, by],
  );
  const event = letter.payload as Stripe.Event;
  if (shopId !== null) await handOver(tx, environment, [{ event, requestId, shopId }]);
  return { ok: true, shopId };
}

type JobPayload = { readonly task?: unknown; readonly payload?: unknown };

/** As the queue asks it of every job: anything else is refused there, and would fail the whole act. */
function canBeEnqueued(payload: unknown, shopId: string): boolean {
  if (typeof payload !== 'object' || payload === null) return false;
  const { shopId: own, requestId } = payload as Readonly<Record<string, unknown>>;
  return own === shopId && typeof requestId === 'string' && requestId !== '';
}

/** The same job from its first attempt; where the queue does not have it any more, another with the same content. */
async function replayJob(tx: PlatformTx, letter: Letter): Promise<Handed> {
  const { shop_id: shopId, reference } = letter;
  const { task, payload } = letter.payload as JobPayload;
  if (shopId === null || typeof task !== 'string')
    return { ok: false, why: 'The job does not say whose it is.' };
  const again = await tx.sql(
    'select id from graphile_worker.reschedule_jobs(array[$1::bigint], run_at => now(), attempts => 0)',
    [reference],
  );
  if (again.length > 0) return { ok: true, shopId };
  if (!canBeEnqueued(payload, shopId))
    return {
      ok: false,
      why: 'The queue does not have the job any more, and its letter is no job.',
    };
  await tx.sql('select enqueue_job($1, $2, $3, now(), null, $4)', [
    shopId,
    task,
    JSON.stringify(payload),
    MAX_ATTEMPTS,
  ]);
  return { ok: true, shopId };
}

/** @throws Problem dead_letter_not_found */
export async function replayLetter(
  deps: LetterDeps,
  deadLetterId: string,
  by: Acting,
): Promise<Replay> {
  const { environment } = deps.config;
  return deps.db.asPlatform('replay a dead letter', async (tx) => {
    const letter = await lockLetter(tx, environment, deadLetterId);
    if (letter.state === 'replayed') return { ok: true, changed: false, shopId: letter.shop_id };
    const handed =
      letter.source === 'webhook'
        ? await replayEvent(tx, deps.config, letter, by.requestId)
        : await replayJob(tx, letter);
    if (!handed.ok) return { ...handed, changed: false };
    const { shopId } = handed;
    await endLetter(tx, deadLetterId, 'replayed', shopId);
    await recordOperatorAct(tx, deps, by, { kind: 'replay_dead_letter', deadLetterId, shopId });
    return { ok: true, changed: true, shopId };
  });
}

/** @throws Problem dead_letter_not_found, dead_letter_not_replayable */
export async function replayDeadLetter(
  deps: LetterDeps,
  deadLetterId: string,
  by: Acting,
): Promise<DeadLetterAct> {
  const replay = await replayLetter(deps, deadLetterId, by);
  if (!replay.ok) throw new Problem('dead_letter_not_replayable', { detail: replay.why });
  const { changed, shopId } = replay;
  return { deadLetterId, state: 'replayed', changed, ...(shopId === null ? {} : { shopId }) };
}

/** Open letters that meet the filter, the oldest first, each by itself. */
export async function replayDeadLetters(
  deps: LetterDeps,
  by: Acting,
  page: {
    readonly filter: Omit<LetterFilter, 'state'>;
    readonly after: string | null;
    readonly limit: number;
  },
): Promise<DeadLetterReplays> {
  const { filter, after, limit } = page;
  const { environment } = deps.config;
  const rows = await deps.db.asPlatform('choose dead letters to replay', (tx) =>
    tx.sql<{ dead_letter_id: string }>(
      `select dead_letter_id from dead_letter where ${FILTER} and ($7::text is null or dead_letter_id > $7)
        order by dead_letter_id limit $8`,
      [...filterParams(environment, { ...filter, state: 'open' }), after, limit],
    ),
  );
  let replayed = 0;
  let notReplayable = 0;
  for (const { dead_letter_id: deadLetterId } of rows) {
    const replay = await replayLetter(deps, deadLetterId, by);
    if (!replay.ok) notReplayable += 1;
    else if (replay.changed) replayed += 1;
  }
  const last = rows.length < limit ? undefined : rows.at(-1);
  return {
    examined: rows.length,
    replayed,
    notReplayable,
    ...(last === undefined ? {} : { next: last.dead_letter_id }),
  };
}
