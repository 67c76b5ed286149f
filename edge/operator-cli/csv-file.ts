import { CsvError, parse } from 'csv-parse/sync';
import { UsageError } from './failure.ts';

/** One record of a CSV file: the line that it ends on, and its cells in the order of the header. */
export interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

export interface CsvFile {
  readonly header: readonly string[];
  readonly records: readonly CsvRecord[];
}

/**
 * RFC 4180 with a header; spaces around a cell, a byte order mark and empty lines do not count.
 * Throws a UsageError that names the line for an open quote or a row with a cell too few or too many.
 */
export function readCsv(text: string): CsvFile {
  try {
    const parsed = parse(text, { bom: true, trim: true, skip_empty_lines: true, info: true });
    // With `info` each record comes with its place; the types of the library do not say so.
    const found = parsed as unknown as { record: string[]; info: { lines: number } }[];
    const [first, ...others] = found;
    if (first === undefined) throw new UsageError('the file is empty: it needs a header row');
    const records = others.map(({ record, info }) => ({ line: info.lines, cells: record }));
    return { header: first.record, records };
  } catch (error) {
    if (error instanceof CsvError) throw new UsageError(`not a CSV file: ${error.message}`);
    throw error;
  }
}
