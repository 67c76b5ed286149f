import type { Deps } from '../deps.ts';
import type { NewFact } from './order-rows.ts';

/** Tells of each new fact that a person must look at, once: a log event and a count by reason. */
export function raiseAttention(
  deps: Pick<Deps, 'metrics' | 'log'>,
  shopId: string,
  orderId: string,
  added: readonly NewFact[],
): void {
  for (const { kind, reference: reason, detail } of added) {
    if (kind !== 'needs_attention') continue;
    deps.metrics.needsAttention.inc({ shop: shopId, reason });
    deps.log.error('order needs attention', { shopId, orderId, reason, detail });
  }
}
