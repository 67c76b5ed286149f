import { readDeliveryFault } from './json-input.ts';
import { type ControlRoute, ID, notFound, ok, route } from './route.ts';

/** How events are delivered: held back, sent again, or gone wrong on purpose. */
export const deliveryRoutes: readonly ControlRoute[] = [
  route('POST', 'webhooks/pause', ({ dispatcher }) => {
    dispatcher.pause();
    return ok({ deliveriesPaused: true });
  }),
  route('POST', 'webhooks/resume', ({ dispatcher }) => {
    dispatcher.resume();
    return ok({ deliveriesPaused: false });
  }),
  route('POST', `events/${ID}/redeliver`, ({ api, dispatcher }, { id }) => {
    const event = api.core.store.get('events', id)?.event;
    if (event === undefined) throw notFound(`No such event: '${id}'`);
    dispatcher.redeliver(id);
    return ok({ eventId: id, type: event.type });
  }),
  route('GET', 'delivery-faults', ({ api }) => ok({ faults: api.core.deliveryFaults.list() })),
  route('POST', 'delivery-faults', ({ api }, { input }) => {
    api.core.deliveryFaults.add(readDeliveryFault(input));
    return ok({ faults: api.core.deliveryFaults.list() });
  }),
  route('DELETE', 'delivery-faults', ({ api }) => {
    api.core.deliveryFaults.clear();
    return ok({ faults: [] });
  }),
  route('POST', 'webhooks/release-late', ({ dispatcher }) =>
    ok({ released: dispatcher.releaseLate() }),
  ),
];
