/** The rows of one object of billing: what was said of it, and how it stands. All of it under the object's lock. */
import type { Row, ShopTx } from '../platform/db.ts';
import type {
  CustomerContent,
  InvoiceContent,
  InvoicePayment,
  SubscriptionContent,
} from './content.rules.ts';
import { currentPeriod } from './content.rules.ts';
import type { BillingFact, Standing } from './standing.rules.ts';

export type BillingObject = {
  readonly objectType: 'customer' | 'subscription' | 'invoice';
  readonly stripeId: string;
};

/** Makes whoever else applies an event of this object wait, also where nobody has heard of it before. */
export async function lockObject(
  { sql, shopId }: ShopTx,
  { objectType, stripeId }: BillingObject,
): Promise<void> {
  const key = [shopId, objectType, stripeId];
  await sql(
    'insert into billing_object (shop_id, object_type, stripe_id) values ($1, $2, $3) on conflict do nothing',
    key,
  );
  await sql(
    'select 1 from billing_object where shop_id = $1 and object_type = $2 and stripe_id = $3 for update',
    key,
  );
}

/** One that is known already stays as it was first recorded. */
export async function recordFact(
  { sql, shopId }: ShopTx,
  { objectType, stripeId }: BillingObject,
  { kind, reference, seenAt, content }: BillingFact<unknown>,
): Promise<void> {
  await sql(
    `insert into billing_fact (shop_id, object_type, stripe_id, kind, reference, seen_at, content)
     values ($1, $2, $3, $4, $5, to_timestamp($6), $7) on conflict do nothing`,
    [shopId, objectType, stripeId, kind, reference, seenAt, JSON.stringify(content)],
  );
}

/** More than this many events of one object never matter: the newest second decides. */
const NEWEST = 200;

type FactRow = {
  readonly kind: BillingFact<unknown>['kind'];
  readonly reference: string;
  readonly seen_at: string;
  readonly content: unknown;
};

/** The end, which is final, and the newest of the rest. `Content` is what this type of object is recorded with. */
export async function readBillingFacts<Content>(
  { sql, shopId }: ShopTx,
  { objectType, stripeId }: BillingObject,
): Promise<BillingFact<Content>[]> {
  const rows = await sql<FactRow>(
    `(select kind, reference, extract(epoch from seen_at)::bigint as seen_at, content from billing_fact
       where shop_id = $1 and object_type = $2 and stripe_id = $3 and kind = 'ended')
     union all
     (select kind, reference, extract(epoch from seen_at)::bigint as seen_at, content from billing_fact
       where shop_id = $1 and object_type = $2 and stripe_id = $3 and kind <> 'ended'
       order by billing_fact.seen_at desc limit ${NEWEST})`,
    [shopId, objectType, stripeId],
  );
  return rows.map(({ seen_at, content, ...fact }) => ({
    ...fact,
    seenAt: Number(seen_at),
    content: content as Content,
  }));
}

export async function recordPayments(
  { sql, shopId }: ShopTx,
  payments: readonly InvoicePayment[],
): Promise<void> {
  for (const payment of payments) {
    await sql(
      `insert into invoice_payment
         (shop_id, stripe_invoice_payment_id, stripe_invoice_id, amount_minor, currency, paid_by, payment_reference, paid_at)
       values ($1, $2, $3, $4, $5, $6, $7, to_timestamp($8)) on conflict do nothing`,
      [
        shopId,
        payment.invoicePaymentId,
        payment.invoiceId,
        payment.amountMinor,
        payment.currency,
        payment.paidBy,
        payment.paymentReference,
        payment.paidAt,
      ],
    );
  }
}

type PaymentRow = {
  readonly stripe_invoice_payment_id: string;
  readonly amount_minor: string;
  readonly currency: string;
  readonly paid_by: string;
  readonly payment_reference: string | null;
  readonly paid_at: string;
};

export async function readPayments(
  { sql, shopId }: ShopTx,
  invoiceId: string,
): Promise<InvoicePayment[]> {
  const rows = await sql<PaymentRow>(
    `select stripe_invoice_payment_id, amount_minor, currency, paid_by, payment_reference,
            extract(epoch from paid_at)::bigint as paid_at
       from invoice_payment where shop_id = $1 and stripe_invoice_id = $2`,
    [shopId, invoiceId],
  );
  return rows.map((row) => ({
    invoicePaymentId: row.stripe_invoice_payment_id,
    invoiceId,
    amountMinor: Number(row.amount_minor),
    currency: row.currency,
    paidBy: row.paid_by,
    paymentReference: row.payment_reference,
    paidAt: Number(row.paid_at),
  }));
}

function moment(unixSeconds: number | null): string | null {
  return unixSeconds === null ? null : new Date(unixSeconds * 1_000).toISOString();
}

/** Writes the whole row anew: it is what the facts make it, whatever it was. `row` has every column but the shop's. */
async function writeRow(
  { sql, shopId }: ShopTx,
  table: 'customer' | 'subscription' | 'invoice',
  key: string,
  row: Row,
): Promise<void> {
  const columns = Object.keys(row);
  const changed = columns.filter((column) => column !== key);
  await sql(
    `insert into ${table} (shop_id, ${columns.join(', ')})
     select $1, ${columns.join(', ')} from jsonb_populate_record(null::${table}, $2)
         on conflict (shop_id, ${key}) do update set ${changed.map((column) => `${column} = excluded.${column}`).join(', ')}`,
    [shopId, JSON.stringify(row)],
  );
}

export async function writeCustomer(
  tx: ShopTx,
  stripeId: string,
  { content, seenAt, isOver }: Standing<CustomerContent>,
): Promise<void> {
  await writeRow(tx, 'customer', 'stripe_customer_id', {
    stripe_customer_id: stripeId,
    customer_id: content.customerId,
    is_deleted: isOver,
    seen_at: moment(seenAt),
  });
}

export async function writeSubscription(
  tx: ShopTx,
  stripeId: string,
  { content, seenAt }: Standing<SubscriptionContent>,
): Promise<void> {
  const period = currentPeriod(content.items);
  await writeRow(tx, 'subscription', 'stripe_subscription_id', {
    stripe_subscription_id: stripeId,
    stripe_customer_id: content.stripeCustomerId,
    status: content.status,
    currency: content.currency,
    items: content.items,
    current_period_start: moment(period?.start ?? null),
    current_period_end: moment(period?.end ?? null),
    cancel_at_period_end: content.cancelAtPeriodEnd,
    cancel_at: moment(content.cancelAt),
    canceled_at: moment(content.canceledAt),
    ended_at: moment(content.endedAt),
    trial_end: moment(content.trialEnd),
    is_collection_paused: content.isCollectionPaused,
    latest_invoice_id: content.latestInvoiceId,
    seen_at: moment(seenAt),
  });
}

export async function writeInvoice(
  tx: ShopTx,
  stripeId: string,
  { content, seenAt }: Standing<InvoiceContent>,
): Promise<void> {
  await writeRow(tx, 'invoice', 'stripe_invoice_id', {
    stripe_invoice_id: stripeId,
    stripe_customer_id: content.stripeCustomerId,
    stripe_subscription_id: content.stripeSubscriptionId,
    status: content.status,
    billing_reason: content.billingReason,
    currency: content.currency,
    total_minor: content.totalMinor,
    amount_due_minor: content.amountDueMinor,
    amount_paid_minor: content.amountPaidMinor,
    amount_remaining_minor: content.amountRemainingMinor,
    attempt_count: content.attemptCount,
    next_payment_attempt: moment(content.nextPaymentAttempt),
    created_at: moment(content.createdAt),
    paid_at: moment(content.paidAt),
    seen_at: moment(seenAt),
  });
}
