import { noteAlert } from '../alerts/index.ts';
import type { Deps } from '../deps.ts';
import type { NewFact } from './order-rows.ts';

/** Notes each new fact that a person must look at, once. Its alert is written where the fact is, in its transaction. */
export function raiseAttention(
  deps: Pick<Deps, 'metrics' | 'log'>,
  shopId: string,
  orderId: string,
  added: readonly NewFact[],
): void {
  for (const { kind, reference: reason, detail = '' } of added) {
    if (kind !== 'needs_attention') continue;
    deps.metrics.needsAttention.inc({ shop: shopId, reason });
    const what = { shopId, reason, reference: orderId, detail };
    noteAlert(deps, { kind: 'order_needs_attention', ...what });
  }
}
