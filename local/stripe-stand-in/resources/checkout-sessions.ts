import type Stripe from 'stripe';
import { refused, resourceMissing } from '../api/api-error.ts';
import { checkPagination, createdParam, page, paginationParams } from '../api/list.ts';
import { operation } from '../api/operation.ts';
import { email, oneOf, text } from '../api/scalars.ts';
import { hash, optional, unsupported } from '../api/schema.ts';
import { expireSession } from '../payments/expire.ts';
import type { SessionRecord } from '../store/records.ts';
import { schedule } from '../store/scheduler.ts';
import type { Work } from '../work.ts';
import { buildSession } from './checkout-session-object.ts';
import { sessionCreateParams } from './checkout-session-params.ts';
import { checkSessionParams, checkUiModeAllows } from './checkout-session-rules.ts';
import { presentLine } from './line-items.ts';

/** The Session a path names, or Stripe's 404. */
export function requireSession(work: Work, id: string): SessionRecord {
  const record = work.tx.get('sessions', id);
  if (record === undefined) {
    throw resourceMissing('checkout.session', id, 'session', 'in_path');
  }
  return record;
}

const create = operation({
  id: 'checkout.sessions.create',
  method: 'POST',
  path: '/v1/checkout/sessions',
  params: sessionCreateParams,
  checkNames: checkUiModeAllows,
  check: checkSessionParams,
  execute(work, params) {
    const record = buildSession(work, params);
    const { id, expires_at } = record.session;
    work.tx.put('sessions', id, record);
    schedule(work.tx, { kind: 'expire_session', objectId: id, dueAtMs: expires_at * 1_000 });
    return record.session;
  },
});

const retrieve = operation({
  id: 'checkout.sessions.retrieve',
  method: 'GET',
  path: '/v1/checkout/sessions/:id',
  params: {},
  execute: (work, _params, id) => requireSession(work, id).session,
});

const expire = operation({
  id: 'checkout.sessions.expire',
  method: 'POST',
  path: '/v1/checkout/sessions/:id/expire',
  params: {},
  execute(work, _params, id) {
    const record = requireSession(work, id);
    const { status } = record.session;
    if (status !== 'open') {
      throw refused(
        `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${status}\`.`,
      );
    }
    return expireSession(work, record);
  },
});

const list = operation({
  id: 'checkout.sessions.list',
  method: 'GET',
  path: '/v1/checkout/sessions',
  params: {
    ...paginationParams,
    created: optional(createdParam),
    customer: optional(text()),
    customer_account: unsupported,
    customer_details: optional(hash({ email })),
    payment_intent: optional(text()),
    payment_link: unsupported,
    status: optional(oneOf('open', 'complete', 'expired')),
    subscription: unsupported,
  },
  check: checkPagination,
  execute(work, params) {
    const sessions = [...work.tx.all('sessions').values()].map(({ session }) => session);
    const keep = (session: Stripe.Checkout.Session): boolean =>
      (params.created?.(session.created) ?? true) &&
      matches(params.customer, session.customer) &&
      matches(params.customer_details?.email, session.customer_details?.email) &&
      matches(params.payment_intent, session.payment_intent) &&
      matches(params.status, session.status);
    return page('/v1/checkout/sessions', 'checkout.session', sessions, params, keep);
  },
});

const listLineItems = operation({
  id: 'checkout.sessions.listLineItems',
  method: 'GET',
  path: '/v1/checkout/sessions/:id/line_items',
  params: paginationParams,
  check: checkPagination,
  execute(work, params, id) {
    // Lines are listed in the order they were given; `page` turns what it gets around.
    const lines = requireSession(work, id).lines.map(presentLine).reverse();
    return page(`/v1/checkout/sessions/${id}/line_items`, 'item', lines, params);
  },
});

function matches<T>(wanted: string | undefined, actual: T): boolean {
  return wanted === undefined || wanted === actual;
}

export const checkoutSessionOperations = [create, retrieve, expire, list, listLineItems];
