/** Events on their way to a service, as Stripe brings them, and where a database has ended once all are through. */
import pg from 'pg';
import Stripe from 'stripe';
import { eventually } from './eventually.ts';
import { callService } from './gateway.ts';

/** Which of the two endpoints an event is sent to: Stripe can be configured either way. */
export type Door = 'stripe' | 'billing';

export type Secrets = { readonly webhookSecret: string; readonly billingWebhookSecret: string };

const AT_ONCE = 32;

/** Runs `work` for each item, many at once, begun in their order. */
export async function forEachAtOnce<T>(
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const queue = items.values();
  const runner = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runner));
}

/** Sends the event to a service, signed for the door. Sends it again, as Stripe does, until it is acknowledged. */
export async function bring(
  serviceUrl: string,
  secrets: Secrets,
  event: Stripe.Event,
  door: Door,
): Promise<void> {
  const payload = JSON.stringify(event);
  const secret = door === 'stripe' ? secrets.webhookSecret : secrets.billingWebhookSecret;
  await eventually(async () => {
    const header = Stripe.webhooks.generateTestHeaderString({ payload, secret });
    const reply = await callService(serviceUrl, 'POST', `/webhooks/${door}`, {
      shop: null,
      rawBody: new TextEncoder().encode(payload),
      headers: { 'stripe-signature': header, 'content-type': 'application/json' },
    }).catch(() => undefined);
    if (reply !== undefined && reply.status >= 400 && reply.status < 500)
      throw new Error(`${event.type} is refused: ${JSON.stringify(reply.body)}`);
    return reply?.status === 200 || undefined;
  }, 60_000);
}

/** What a database knows at its end, a line each, of every table that an event may write; without the times of ours. */
const ENDS: Readonly<Record<string, string>> = {
  // Stock that was given back and taken again is the order's, as is stock that it never gave back.
  orders: `select o.shop_id, o.order_id, o.session_state, o.checkout_session_id,
                  (select count(*) from hold h
                    where h.shop_id = o.shop_id and h.state = 'committed' and h.returned_at is null
                      and (h.hold_id = o.hold_id or exists (select from order_fact f
                            where f.shop_id = o.shop_id and f.order_id = o.order_id and f.kind = 'stock_taken_again'
                              and f.detail = h.hold_id))) as sold,
                  exists (select from hold h where h.shop_id = o.shop_id and h.hold_id = o.hold_id and h.state = 'active') as held
             from sales_order o`,
  facts: `select shop_id, order_id, kind, reference, amount_minor, currency,
                 case when kind = 'needs_attention' then null else detail end as detail
            from order_fact where kind <> 'stock_taken_again'`,
  stock: 'select shop_id, variant_key, on_hand, held from stock',
  transfers: `select shop_id, business_fact, debit_account, credit_account, amount_minor, currency, order_id from ledger_transfer`,
  customers: 'select shop_id, stripe_customer_id, customer_id, is_deleted from customer',
  subscriptions: `select shop_id, stripe_subscription_id, stripe_customer_id, status, currency, items, current_period_start,
                         current_period_end, cancel_at_period_end, cancel_at, canceled_at, ended_at, trial_end,
                         is_collection_paused, latest_invoice_id from subscription`,
  invoices: `select shop_id, stripe_invoice_id, stripe_customer_id, stripe_subscription_id, status, billing_reason, currency,
                    total_minor, amount_due_minor, amount_paid_minor, amount_remaining_minor, attempt_count,
                    next_payment_attempt, created_at, paid_at from invoice`,
  invoicePayments: `select shop_id, stripe_invoice_payment_id, stripe_invoice_id, amount_minor, currency, paid_by,
                           payment_reference, paid_at from invoice_payment`,
};

export type End = Readonly<Record<string, readonly string[]>>;

export type Ledger = {
  readonly rows: <T extends pg.QueryResultRow>(sql: string, params?: unknown[]) => Promise<T[]>;
  /** Waits until every event of these has been received and finished, and no job is left that is due. */
  untilFinished(eventIds: ReadonlySet<string>, timeoutMs: number): Promise<void>;
  /** What went wrong on the way: dead letters, and events that are not finished. Empty when all is well. */
  faults(): Promise<string[]>;
  end(): Promise<End>;
  /** How subscriptions and invoices stand, and the sums of what was received and given back: a line each. */
  books(): Promise<string[]>;
  close(): Promise<void>;
};

/** A database, as a superuser sees it. */
export function openLedger(adminUrl: string): Ledger {
  const admin = new pg.Pool({ connectionString: adminUrl, max: 2 });
  // Of a server that a test has stopped: the query that needs it fails by itself.
  admin.on('error', () => {});
  const rows: Ledger['rows'] = async (sql, params) => (await admin.query(sql, params)).rows;
  return {
    rows,
    untilFinished: async (eventIds, timeoutMs) => {
      let left = '';
      await eventually(async () => {
        const [row] = await rows<{ finished: string; due: string }>(
          `select (select count(*) from webhook_inbox where finished_at is not null and stripe_event_id = any($1)) as finished,
                  (select count(*) from graphile_worker.jobs where run_at <= now()) as due`,
          [[...eventIds]],
        );
        left = `${row?.finished} of ${eventIds.size} are finished, ${row?.due} jobs are due`;
        return (Number(row?.finished) === eventIds.size && Number(row?.due) === 0) || undefined;
      }, timeoutMs).catch((cause: unknown) => {
        throw new Error(left, { cause });
      });
    },
    faults: async () => {
      const letters = await rows<{ fault: string }>(
        `select 'dead letter: ' || reason || ', ' || detail as fault from dead_letter
         union all
         select event_type || ' ' || stripe_event_id || ' is ' || status from webhook_inbox
          where finished_at is null or status not in ('applied', 'ignored')
         union all
         select event_type || ' ' || stripe_event_id || ' is applied, and its shop does not know' from webhook_inbox i
          where status = 'applied' and not exists (select from applied_event a
                 where a.shop_id = i.shop_id and a.stripe_event_id = i.stripe_event_id)`,
      );
      return letters.map(({ fault }) => fault);
    },
    end: async () => {
      const tables = Object.entries(ENDS).map(async ([name, sql]) => {
        const lines = (await rows(sql)).map((row) => JSON.stringify(row));
        return [name, lines.sort()] as const;
      });
      return Object.fromEntries(await Promise.all(tables));
    },
    books: async () => {
      const lines = await rows<{ line: string }>(
        `select stripe_subscription_id || ' ' || status as line from subscription
         union all select stripe_invoice_id || ' ' || status from invoice
         union all select 'received ' || currency || ' ' || sum(amount_minor) from ledger_transfer
                    where business_fact like '%:received' group by currency
         union all select 'given back ' || currency || ' ' || sum(case when business_fact like '%:failed' then -amount_minor else amount_minor end)
                     from ledger_transfer where business_fact ~ '^refund:.*:(paid|failed)$' group by currency`,
      );
      return lines.map(({ line }) => line).sort();
    },
    close: () => admin.end(),
  };
}

/** How subscriptions and invoices stand, and what money came in and went back: a line each, as `Ledger.books` has them. */
export async function stripesBooks(stripe: Stripe): Promise<string[]> {
  const lines: string[] = [];
  const sums = new Map<string, number>();
  const add = (what: string, currency: string, amount: number): void => {
    const key = `${what} ${currency.toUpperCase()}`;
    sums.set(key, (sums.get(key) ?? 0) + amount);
  };
  for await (const { id, status } of stripe.subscriptions.list({ limit: 100, status: 'all' }))
    lines.push(`${id} ${status}`);
  for await (const { id, status } of stripe.invoices.list({ limit: 100 }))
    lines.push(`${id} ${status}`);
  for await (const { paid, amount, currency } of stripe.charges.list({ limit: 100 }))
    if (paid) add('received', currency, amount);
  for await (const { status, amount, currency } of stripe.refunds.list({ limit: 100 }))
    if (status !== 'failed') add('given back', currency, amount);
  return [...lines, ...[...sums].map(([what, sum]) => `${what} ${sum}`)].sort();
}
