import type Stripe from 'stripe';
import { invalidRequest, resourceMissing } from '../api/api-error.ts';
import { checkPagination, createdParam, page, paginationParams } from '../api/list.ts';
import { operation } from '../api/operation.ts';
import { boolean, text } from '../api/scalars.ts';
import { list as listOf, optional } from '../api/schema.ts';
import { matchesType } from '../webhooks/delivery-faults.ts';
import { unixSeconds, type Work } from '../work.ts';

/** `events.list` reaches back 30 days. */
const RETENTION_SECONDS = 30 * 24 * 60 * 60;

/** Deliveries that no endpoint has acknowledged yet, by event. */
function pendingByEvent(work: Work): ReadonlyMap<string, number> {
  const pending = new Map<string, number>();
  for (const delivery of work.tx.all('deliveries').values()) {
    if (delivery.state === 'delivered') continue;
    pending.set(delivery.eventId, (pending.get(delivery.eventId) ?? 0) + 1);
  }
  return pending;
}

const retrieve = operation({
  id: 'events.retrieve',
  method: 'GET',
  path: '/v1/events/:id',
  params: {},
  execute(work, _params, id) {
    const record = work.tx.get('events', id);
    if (record === undefined) throw resourceMissing('event', id, 'id', 'in_path');
    return { ...record.event, pending_webhooks: pendingByEvent(work).get(id) ?? 0 };
  },
});

const list = operation({
  id: 'events.list',
  method: 'GET',
  path: '/v1/events',
  params: {
    ...paginationParams,
    created: optional(createdParam),
    delivery_success: optional(boolean),
    type: optional(text()),
    types: optional(listOf(text(), 20)),
  },
  check(params) {
    checkPagination(params);
    if (params.type !== undefined && params.types !== undefined) {
      throw invalidRequest('You may only specify one of these parameters: type, types.', {
        code: 'parameters_exclusive',
        param: 'type',
      });
    }
  },
  execute(work, params) {
    const pending = pendingByEvent(work);
    const since = unixSeconds(work.nowMs) - RETENTION_SECONDS;
    const types = params.type === undefined ? params.types : [params.type];
    const events = [...work.tx.all('events').values()].map(({ event }) => ({
      ...event,
      pending_webhooks: pending.get(event.id) ?? 0,
    }));
    return page('/v1/events', 'event', events, params, (event: Stripe.EventBase) => {
      const delivered = event.pending_webhooks === 0;
      return (
        event.created >= since &&
        (params.created?.(event.created) ?? true) &&
        (types?.some((type) => matchesType(type, event.type)) ?? true) &&
        (params.delivery_success === undefined || params.delivery_success === delivered)
      );
    });
  },
});

export const eventOperations = [retrieve, list];
