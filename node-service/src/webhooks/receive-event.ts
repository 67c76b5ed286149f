import type { Deps } from '../deps.ts';
import { Problem } from '../platform/problem.ts';
import type { ReceivedEvent } from './inbox.ts';

/**
 * Makes an event durable, once, and hands it to its shop where that is known: what is answered 2xx is never lost.
 * @throws Problem livemode_mismatch for an event of the other mode; what the inbox throws
 */
export async function receiveEvent(
  deps: Pick<Deps, 'config' | 'metrics' | 'inbox'>,
  received: ReceivedEvent,
): Promise<void> {
  const { environment } = deps.config;
  const { event, endpoint } = received;
  if (event.livemode !== (environment === 'production')) {
    throw new Problem('livemode_mismatch', {
      detail: `An event with livemode ${event.livemode} is not for ${environment}.`,
    });
  }
  const stop = deps.metrics.webhookAcknowledgeSeconds.startTimer({ endpoint });
  const written = await deps.inbox.receive(received);
  stop();
  const shop = written.kind === 'resolved' ? written.shopId : '';
  deps.metrics.webhooks.inc({ shop, event_type: event.type, outcome: written.kind });
}
