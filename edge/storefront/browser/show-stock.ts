import { withRetries } from '@commerce/contracts/vocabulary/retry.ts';
import { getAvailability } from '@commerce/generated/public-v1/client/sdk.gen.ts';
import type { AvailabilityItem } from '@commerce/generated/public-v1/client/types.gen.ts';
import { ownHost } from './public-api.ts';
import { type StockHint, stockHint } from './stock-hint.ts';
import { texts } from './this-page.ts';

/** As many as one call takes. */
const KEYS_A_CALL = 100;

/** Stock by variant key, as the shop shows it now. What cannot be had is not there: a page is whole without it. */
export async function stockOf(
  variantKeys: readonly string[],
): Promise<ReadonlyMap<string, AvailabilityItem>> {
  const keys = [...new Set(variantKeys)];
  const parts = Array.from({ length: Math.ceil(keys.length / KEYS_A_CALL) }, (_, part) =>
    keys.slice(part * KEYS_A_CALL, (part + 1) * KEYS_A_CALL),
  );
  const call = (variantKey: string[]) =>
    withRetries(() => getAvailability({ ...ownHost, query: { variantKey } }), {
      safeToRepeat: true,
    });
  const answers = await Promise.all(parts.map(call));
  const items = answers.flatMap(({ data }) => data?.items ?? []);
  return new Map(items.map((item) => [item.variantKey, item]));
}

/** Puts a hint into the place for it within an element; without one the place is empty. */
export function showHint(within: ParentNode, hint: StockHint | undefined): void {
  const place = within.querySelector<HTMLElement>('[data-stock-hint]');
  if (place === null) return;
  place.textContent = hint?.text ?? '';
  if (hint === undefined) delete place.dataset.tone;
  else place.dataset.tone = hint.tone;
}

/** Says of each line of a cart what there is of it. Lines of one variant, such as rentals of other days, share it. */
export async function showStockOfLines(lines: readonly HTMLElement[]): Promise<void> {
  const wanted = new Map<string, number>();
  for (const line of lines) {
    const key = line.dataset.variantKey ?? '';
    wanted.set(key, (wanted.get(key) ?? 0) + unitsOf(line));
  }
  const stock = await stockOf([...wanted.keys()]);
  for (const line of lines) {
    const key = line.dataset.variantKey ?? '';
    showHint(line, stockHint(stock.get(key), wanted.get(key) ?? 0, texts));
  }
}

/** Units of a line as the server has rendered it. */
function unitsOf(line: HTMLElement): number {
  const { quantity } = JSON.parse(line.dataset.line ?? '{}') as { quantity?: number };
  return quantity ?? 0;
}
