import { variantKeyV1 } from '@commerce/contracts/vocabulary/variant-key.ts';
import type { CartLine } from './cart.ts';

export const MAX_LINES = 50;
export const MAX_QUANTITY = 1_000_000;

export type CartDecision =
  | { ok: true; lines: CartLine[] }
  | { ok: false; reason: 'too_many_lines' }
  | { ok: false; reason: 'quantity_out_of_range'; lineKey: string; quantity: number }
  | { ok: false; reason: 'no_such_line'; lineKey: string };

/** What makes two lines one: the same variant, and for a rental the same days. */
export function lineKey(line: Pick<CartLine, 'sku' | 'variantAttributes' | 'rental'>): string {
  const variantKey = variantKeyV1(line.sku, line.variantAttributes);
  return line.rental ? `${variantKey}#${line.rental.from}..${line.rental.to}` : variantKey;
}

/** Adds a line, or raises the quantity of the one that is there already. */
export function addLine(lines: readonly CartLine[], added: CartLine): CartDecision {
  const key = lineKey(added);
  const present = lines.find((line) => lineKey(line) === key);
  if (present !== undefined) {
    return withQuantity(lines, key, present.quantity + added.quantity);
  }
  if (!isQuantity(added.quantity)) return outOfRange(key, added.quantity);
  if (lines.length >= MAX_LINES) return { ok: false, reason: 'too_many_lines' };
  return { ok: true, lines: [...lines, added] };
}

/** Sets the quantity of a line that is there; zero takes the line out. */
export function changeQuantity(lines: readonly CartLine[], changed: CartLine): CartDecision {
  const key = lineKey(changed);
  if (!lines.some((line) => lineKey(line) === key)) {
    return { ok: false, reason: 'no_such_line', lineKey: key };
  }
  if (changed.quantity === 0) {
    return { ok: true, lines: lines.filter((line) => lineKey(line) !== key) };
  }
  return withQuantity(lines, key, changed.quantity);
}

/** The lines of a whole new cart, those of one variant merged. */
export function replaceLines(requested: readonly CartLine[]): CartDecision {
  let decision: CartDecision = { ok: true, lines: [] };
  for (const line of requested) {
    decision = addLine(decision.lines, line);
    if (!decision.ok) return decision;
  }
  return decision;
}

/** How many units the cart holds, over all its lines. */
export function countUnits(lines: readonly CartLine[]): number {
  return lines.reduce((sum, line) => sum + line.quantity, 0);
}

function withQuantity(lines: readonly CartLine[], key: string, quantity: number): CartDecision {
  if (!isQuantity(quantity)) return outOfRange(key, quantity);
  return {
    ok: true,
    lines: lines.map((line) => (lineKey(line) === key ? { ...line, quantity } : line)),
  };
}

function isQuantity(quantity: number): boolean {
  return Number.isInteger(quantity) && quantity >= 1 && quantity <= MAX_QUANTITY;
}

function outOfRange(key: string, quantity: number): CartDecision {
  return { ok: false, reason: 'quantity_out_of_range', lineKey: key, quantity };
}
