import type { ShopTx } from './db.ts';

/** A job and what it needs. Every job has a shop, which is the transaction's, and a request id to trace it by. */
export type Job = {
  readonly task:
    | 'process_stripe_event'
    | 'recover_checkout'
    | 'expire_checkout'
    | 'settle_order'
    | 'refund_payment';
  readonly payload: { readonly requestId: string } & Readonly<Record<string, string>>;
  readonly runAt: Date;
  /** At most one job with this key waits at a time. */
  readonly key: string | null;
};

export const MAX_ATTEMPTS = 25;

/** Enqueues in the transaction that needs the job: it is there if, and only if, the transaction commits. */
export async function enqueue(tx: ShopTx, job: Job): Promise<void> {
  const payload = JSON.stringify({ shopId: tx.shopId, ...job.payload });
  await tx.sql('select enqueue_job($1, $2, $3, $4, $5, $6)', [
    tx.shopId,
    job.task,
    payload,
    job.runAt,
    job.key,
    MAX_ATTEMPTS,
  ]);
}
