import type { AvailabilityItem } from '@commerce/generated/public-v1/client/types.gen.ts';
import type { ScriptTexts } from '../texts/script-texts.ts';

/** `good`: there is enough. `low`: there are few. `short`: there is less than is wanted. */
export type StockHint = { text: string; tone: 'good' | 'low' | 'short' };

/**
 * What a buyer reads of the stock of one variant. It is a hint: what is in the cart stays there, and checkout decides.
 * Undefined where nothing is known: then nothing is said.
 * @param wanted units of this variant that the buyer has chosen, on all lines of it
 */
export function stockHint(
  item: AvailabilityItem | undefined,
  wanted: number,
  texts: Pick<ScriptTexts, 'inStock' | 'fewLeft' | 'soldOut' | 'lessThanWanted'>,
): StockHint | undefined {
  if (item === undefined || item.status === 'unknown') return undefined;
  const { available, status } = item;
  if (available === 0) return { text: texts.soldOut, tone: 'short' };
  if (wanted > available) return { text: texts.lessThanWanted(available, wanted), tone: 'short' };
  if (status === 'low_stock') return { text: texts.fewLeft(available), tone: 'low' };
  return { text: texts.inStock, tone: 'good' };
}
