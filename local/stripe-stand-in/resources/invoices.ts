import type Stripe from 'stripe';
import { ApiError, invalidRequest, refused, resourceMissing } from '../api/api-error.ts';
import { checkPagination, createdParam, page, paginationParams } from '../api/list.ts';
import { operation } from '../api/operation.ts';
import { boolean, oneOf, text } from '../api/scalars.ts';
import { hash, optional, unsupported } from '../api/schema.ts';
import {
  collectInvoice,
  finalizeInvoice,
  markUncollectible,
  outcomeOfMethod,
  voidInvoice,
} from '../billing/collect.ts';
import type { Work } from '../work.ts';

/** The invoice a path names, or Stripe's 404. */
export function requireInvoice(work: Work, id: string): Stripe.Invoice {
  const invoice = work.tx.get('invoices', id);
  if (invoice === undefined) throw resourceMissing('invoice', id, 'invoice', 'in_path');
  return invoice;
}

const retrieve = operation({
  id: 'invoices.retrieve',
  method: 'GET',
  path: '/v1/invoices/:id',
  params: {},
  execute: (work, _params, id) => requireInvoice(work, id),
});

const list = operation({
  id: 'invoices.list',
  method: 'GET',
  path: '/v1/invoices',
  params: {
    ...paginationParams,
    collection_method: unsupported,
    created: optional(createdParam),
    customer: optional(text()),
    customer_account: unsupported,
    due_date: unsupported,
    status: optional(oneOf('draft', 'open', 'paid', 'uncollectible', 'void')),
    subscription: optional(text()),
  },
  check: checkPagination,
  execute(work, params) {
    return page('/v1/invoices', 'invoice', work.tx.all('invoices').values(), params, (invoice) => {
      const { customer, status, subscription, created } = params;
      const of = invoice.parent?.subscription_details?.subscription;
      return (
        (created?.(invoice.created) ?? true) &&
        (customer === undefined || customer === invoice.customer) &&
        (status === undefined || status === invoice.status) &&
        (subscription === undefined || subscription === of)
      );
    });
  },
});

const listLineItems = operation({
  id: 'invoices.listLineItems',
  method: 'GET',
  path: '/v1/invoices/:id/lines',
  params: paginationParams,
  check: checkPagination,
  execute(work, params, id) {
    // Lines are listed in the order they have; `page` turns what it gets around.
    const lines = [...requireInvoice(work, id).lines.data].reverse();
    return page(`/v1/invoices/${id}/lines`, 'line_item', lines, params);
  },
});

const finalize = operation({
  id: 'invoices.finalizeInvoice',
  method: 'POST',
  path: '/v1/invoices/:id/finalize',
  params: { auto_advance: optional(boolean) },
  execute(work, params, id) {
    const invoice = requireDraft(requireInvoice(work, id));
    const auto_advance = params.auto_advance ?? invoice.auto_advance ?? true;
    return finalizeInvoice(work, { ...invoice, auto_advance });
  },
});

function requireDraft(invoice: Stripe.Invoice): Stripe.Invoice {
  if (invoice.status === 'draft') return invoice;
  throw refused(`This invoice is already finalized: ${invoice.id} is \`${invoice.status}\`.`);
}

const pay = operation({
  id: 'invoices.pay',
  method: 'POST',
  path: '/v1/invoices/:id/pay',
  params: {
    forgive: unsupported,
    mandate: unsupported,
    off_session: optional(boolean),
    paid_out_of_band: unsupported,
    payment_method: optional(text()),
    source: unsupported,
  },
  execute(work, params, id) {
    const given = requireInvoice(work, id);
    const invoice = given.status === 'draft' ? finalizeInvoice(work, given) : given;
    const outcome = outcomeOfMethod(params.payment_method ?? null);
    const after = collectInvoice(work, invoice, outcome);
    if (outcome === 'paid') return after;
    // What the decline wrote is undone with the 402: the control API is what declines and keeps it.
    throw new ApiError(
      402,
      'card_error',
      'Your card was declined.',
      { code: 'card_declined' },
      true,
    );
  },
});

const voidOne = operation({
  id: 'invoices.voidInvoice',
  method: 'POST',
  path: '/v1/invoices/:id/void',
  params: {},
  execute: (work, _params, id) => voidInvoice(work, requireInvoice(work, id)),
});

const giveUp = operation({
  id: 'invoices.markUncollectible',
  method: 'POST',
  path: '/v1/invoices/:id/mark_uncollectible',
  params: {},
  execute: (work, _params, id) => markUncollectible(work, requireInvoice(work, id)),
});

const retrievePayment = operation({
  id: 'invoicePayments.retrieve',
  method: 'GET',
  path: '/v1/invoice_payments/:id',
  params: {},
  execute(work, _params, id) {
    const payment = work.tx.get('invoicePayments', id);
    if (payment === undefined) throw resourceMissing('invoice_payment', id, 'id', 'in_path');
    return payment;
  },
});

const listPayments = operation({
  id: 'invoicePayments.list',
  method: 'GET',
  path: '/v1/invoice_payments',
  params: {
    ...paginationParams,
    created: optional(createdParam),
    invoice: optional(text()),
    payment: optional(
      hash({
        payment_intent: optional(text()),
        payment_record: unsupported,
        type: oneOf('payment_intent'),
      }),
    ),
    status: optional(oneOf('canceled', 'open', 'paid')),
  },
  check(params) {
    checkPagination(params);
    if (params.payment !== undefined && params.payment.payment_intent === undefined) {
      throw invalidRequest('Missing required param: payment[payment_intent].', {
        code: 'parameter_missing',
        param: 'payment[payment_intent]',
      });
    }
  },
  execute(work, params) {
    const payments = work.tx.all('invoicePayments').values();
    return page('/v1/invoice_payments', 'invoice_payment', payments, params, (payment) => {
      const intent = params.payment?.payment_intent;
      return (
        (params.created?.(payment.created) ?? true) &&
        (params.invoice === undefined || params.invoice === payment.invoice) &&
        (params.status === undefined || params.status === payment.status) &&
        (intent === undefined || intent === payment.payment.payment_intent)
      );
    });
  },
});

export const invoiceOperations = [retrieve, list, listLineItems, finalize, pay, voidOne, giveUp];
export const invoicePaymentOperations = [retrievePayment, listPayments];
