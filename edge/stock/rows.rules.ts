import { isVariantKeyV1 } from '@commerce/contracts/vocabulary/variant-key.ts';
import type { StockImportRow } from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { CsvFile } from '../operator-cli/csv-file.ts';

/** Of one variant. */
export const MOST_UNITS = 1_000_000_000;

export const COLUMNS = ['variantKey', 'onHand'] as const;

export type Rows =
  | { readonly ok: true; readonly rows: readonly StockImportRow[] }
  /** Everything that is wrong with the file, a sentence each, with its line. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** What a file of counted stock says: a row's number is its line, to find it again in the audit. */
export function rowsOf({ header, records }: CsvFile): Rows {
  const wrong = COLUMNS.filter((name) => header.filter((one) => one === name).length !== 1);
  const unknown = header.filter((name) => !COLUMNS.some((column) => column === name));
  if (wrong.length > 0 || unknown.length > 0) {
    const problem = `line 1: the columns are ${COLUMNS.join(', ')}, each once; here are ${header.join(', ')}`;
    return { ok: false, problems: [problem] };
  }
  if (records.length === 0) return { ok: false, problems: ['line 1: no row follows it'] };
  const problems: string[] = [];
  const lineOf = new Map<string, number>();
  const rows = records.map(({ line, cells }) => {
    const variantKey = cells[header.indexOf('variantKey')] ?? '';
    const units = cells[header.indexOf('onHand')] ?? '';
    const earlier = lineOf.get(variantKey);
    if (!isVariantKeyV1(variantKey))
      problems.push(`line ${line}: "${variantKey}" is no variant key`);
    else if (earlier !== undefined)
      problems.push(`line ${line}: ${variantKey} is on line ${earlier} already`);
    if (!/^\d{1,10}$/.test(units) || Number(units) > MOST_UNITS)
      problems.push(`line ${line}: "${units}" is no number of units`);
    lineOf.set(variantKey, line);
    return { row: line, variantKey, onHand: Number(units) };
  });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, rows };
}
