/** Jobs that have been tried for the last time: each becomes a dead letter, and is over. */
import type Stripe from 'stripe';
import type { Deps } from '../deps.ts';
import type { PlatformTx } from '../platform/db.ts';
import { writeDeadLetter } from '../webhooks/index.ts';

type GivingUp = Pick<Deps, 'db' | 'config' | 'clock' | 'metrics' | 'log'>;
type FailedJob = { readonly id: string; readonly task: string; readonly payload: unknown };

const MOST_AT_ONCE = 100;

/** The letter of a job; of one that was to apply an event the letter is the event's, and the event is over too. */
export async function giveUpJob(deps: GivingUp, job: FailedJob, detail: string): Promise<void> {
  await deps.db.asPlatform('dead-letter a job', (tx) => write(tx, deps, job, detail));
}

/**
 * A platform loop: jobs whose last attempt ended with its process, or while no letter could be written. A job that has
 * no key and is no event's may have been replaced by a newer one, and stays.
 * @returns how many were found
 */
export async function giveUpLostJobs(deps: GivingUp): Promise<number> {
  return deps.db.asPlatform('dead-letter lost jobs', async (tx) => {
    const jobs = await tx.sql<FailedJob & { last_error: string | null }>(
      `select j.id::text, t.identifier as task, j.payload, j.last_error
         from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
        where j.attempts >= j.max_attempts and j.locked_at is null
          and (j.key is not null or t.identifier = 'process_stripe_event')
        limit $1 for update of j skip locked`,
      [MOST_AT_ONCE],
    );
    for (const job of jobs)
      await write(tx, deps, job, job.last_error ?? 'the process ended at the last attempt');
    if (jobs.length > 0)
      await tx.sql('select graphile_worker.complete_jobs($1::bigint[])', [
        jobs.map(({ id }) => id),
      ]);
    return jobs.length;
  });
}

function member(payload: unknown, name: 'shopId' | 'stripeEventId'): string | null {
  if (typeof payload !== 'object' || payload === null) return null;
  const value = (payload as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

async function write(
  tx: PlatformTx,
  deps: GivingUp,
  { id, task, payload }: FailedJob,
  detail: string,
): Promise<void> {
  const why = { reason: 'attempts_exhausted', detail, shopId: member(payload, 'shopId') } as const;
  const stripeEventId = task === 'process_stripe_event' ? member(payload, 'stripeEventId') : null;
  const event = stripeEventId === null ? null : await findEvent(tx, deps, stripeEventId);
  if (event === null) {
    await writeDeadLetter(tx, deps, {
      ...why,
      source: 'job',
      reference: id,
      payload: { task, payload },
    });
  } else if (event.status === 'received') {
    const { id: reference } = event.payload;
    await writeDeadLetter(tx, deps, {
      ...why,
      source: 'webhook',
      reference,
      payload: event.payload,
    });
  }
}

type InboxEvent = { readonly status: string; readonly payload: Stripe.Event };

async function findEvent(
  tx: PlatformTx,
  { config }: GivingUp,
  stripeEventId: string,
): Promise<InboxEvent | null> {
  const [event] = await tx.sql<InboxEvent>(
    `select status, payload from webhook_inbox where environment = $1 and stripe_event_id = $2 for update`,
    [config.environment, stripeEventId],
  );
  return event ?? null;
}
