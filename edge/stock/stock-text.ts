import type { StockChange, StockLevel } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { plainText } from '../operator-cli/plain-text.ts';

const FIGURES = ['onHand', 'held', 'available'] as const;

/** A table: a variant a line, its figures under their names. */
export function levelLines(levels: readonly StockLevel[]): string[] {
  const rows = levels.map((level) => [
    level.variantKey,
    ...FIGURES.map((name) => String(level[name])),
  ]);
  return columns([['variant', 'on hand', 'held', 'free'], ...rows]);
}

/** The first column to the left, the others to the right. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
}

export function changeLines(change: StockChange): string[] {
  const { variantKey, kind, before, after, held, changedAt, changedBy, requestId, reason } = change;
  const file = change.importId === undefined ? '' : `, ${change.importId} row ${change.row}`;
  return [
    `${changedAt}  ${variantKey}  ${before} → ${after}  (${held} held), ${kind}${file}`,
    `  ${plainText(reason)} · ${changedBy} [request ${requestId}]`,
  ];
}
