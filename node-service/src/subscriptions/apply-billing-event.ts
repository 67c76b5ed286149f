/** An event of billing: what it says in one transaction with all that follows from it; Stripe is asked where it must be. */
import { claimStripeObject, recordAppliedEvent } from '../checkout/index.ts';
import type { Deps } from '../deps.ts';
import { writeTransfers } from '../ledger/index.ts';
import type { ShopTx } from '../platform/db.ts';
import { fromStripeAmount } from '../platform/stripe/index.ts';
import {
  type BillingEvent,
  lacksPayments,
  readBillingEvent,
  type Said,
} from './billing-event.rules.ts';
import {
  lockObject,
  readBillingFacts,
  readPayments,
  recordFact,
  recordPayments,
  writeCustomer,
  writeInvoice,
  writeSubscription,
} from './billing-rows.ts';
import type { CustomerContent, InvoiceContent, SubscriptionContent } from './content.rules.ts';
import { invoicePaymentTransfers } from './invoice-transfers.rules.ts';
import { type Asked, lookUp } from './look-up.ts';
import { readInvoiceStanding, readStanding } from './standing.rules.ts';

export type BillingOutcome = 'applied' | 'unknown_object';

/** Each look at Stripe may find that more has been heard meanwhile. */
const MAX_LOOKS = 3;

async function standCustomer(tx: ShopTx, stripeId: string): Promise<Asked | null> {
  const object = { objectType: 'customer', stripeId } as const;
  const reading = readStanding(await readBillingFacts<CustomerContent>(tx, object));
  if (reading.standing !== null) await writeCustomer(tx, stripeId, reading.standing);
  return reading.toFetch && { ...object, telling: { kind: 'fetched', ...reading.toFetch } };
}

async function standSubscription(tx: ShopTx, stripeId: string): Promise<Asked | null> {
  const object = { objectType: 'subscription', stripeId } as const;
  const reading = readStanding(await readBillingFacts<SubscriptionContent>(tx, object));
  if (reading.standing !== null) await writeSubscription(tx, stripeId, reading.standing);
  return reading.toFetch && { ...object, telling: { kind: 'fetched', ...reading.toFetch } };
}

async function standInvoice(tx: ShopTx, stripeId: string): Promise<Asked | null> {
  const object = { objectType: 'invoice', stripeId } as const;
  const standing = readInvoiceStanding(await readBillingFacts<InvoiceContent>(tx, object));
  if (standing !== null) await writeInvoice(tx, stripeId, standing);
  const payments = await readPayments(tx, stripeId);
  await writeTransfers(tx, invoicePaymentTransfers(payments));
  return lacksPayments(standing?.content ?? null, payments) ? object : null;
}

const STAND = {
  customer: standCustomer,
  subscription: standSubscription,
  invoice: standInvoice,
} as const;

/** Writes down what is said, and brings the object's row and its part of the ledger in line with all that was. */
async function record(tx: ShopTx, said: Said): Promise<Asked | null> {
  await lockObject(tx, said);
  if (said.fact !== null) await recordFact(tx, said, said.fact);
  if (said.objectType === 'invoice') await recordPayments(tx, said.payments);
  return STAND[said.objectType](tx, said.stripeId);
}

/**
 * Applies the event to its shop. Safe to repeat; events of one object wait for each other.
 * @returns unknown_object where what it says cannot be decided without Stripe, and Stripe does not know: no such object,
 * or an invoice paid by nothing that has a name. What is certain is recorded all the same
 * @throws so that the job comes back: while Stripe or the database does not answer; RangeError for an amount that is
 * none of its currency
 */
export async function applyBillingEvent(
  deps: Pick<Deps, 'db' | 'config' | 'stripe' | 'metrics' | 'killPoint'>,
  shopId: string,
  event: BillingEvent,
): Promise<BillingOutcome> {
  const { objects, ...said } = readBillingEvent(event, fromStripeAmount);
  const { environment } = deps.config;
  let asked = await deps.db.inShop(shopId, async (tx) => {
    for (const { objectType, stripeId } of objects)
      await claimStripeObject(tx, environment, objectType, stripeId, null);
    const more = await record(tx, said);
    if (more === null) await recordAppliedEvent(tx, event.id);
    return more;
  });
  deps.killPoint('webhook.after_facts');
  for (let looks = 0; asked !== null; looks += 1) {
    if (looks === MAX_LOOKS) throw new Error(`${asked.stripeId} changes faster than it is read`);
    const answer = await lookUp(deps, shopId, asked);
    if (answer === 'unknown_object') return answer;
    deps.killPoint('billing.after_stripe');
    asked = await deps.db.inShop(shopId, async (tx) => {
      const more = await record(tx, answer);
      if (more === null) await recordAppliedEvent(tx, event.id);
      return more;
    });
    // Stripe has named every payment that it knows: asking again would find no more.
    if (asked?.objectType === 'invoice') return 'unknown_object';
  }
  return 'applied';
}
