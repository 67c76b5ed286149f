import type {
  InventoryConflictItem,
  InventoryReason,
  ProblemPlace,
} from '@commerce/contracts/vocabulary/problem.ts';
import { Problem } from '../platform/problem.ts';

const DETAIL: Readonly<Record<InventoryReason, string>> = {
  inventory_insufficient: 'There is less of these items than was asked for.',
  inventory_busy:
    'Many buyers are asking for these items at this moment. Try again after the delay.',
  inventory_unknown_variant: 'This shop has no such item.',
  hold_expired: 'The hold on these items has ended.',
};

/** The 409 inventory contract, for every route that can meet it. Lists all items that fail; `more` says more of them. */
export function inventoryConflict(
  reason: InventoryReason,
  items: readonly InventoryConflictItem[],
  retryAfterMs?: number,
  more: { readonly detail?: string; readonly errors?: ProblemPlace[] } = {},
): Problem {
  // In the order of their keys, wherever they were found.
  const sorted = items.toSorted((a, b) => (a.variantKey < b.variantKey ? -1 : 1));
  const members = { detail: DETAIL[reason], ...more, items: sorted, shopId: '' };
  if (reason !== 'inventory_busy') return new Problem(reason, members);
  if (retryAfterMs === undefined || retryAfterMs <= 0)
    throw new Error('inventory_busy without a delay');
  return new Problem(reason, { ...members, retryAfterMs });
}
