import { CommandFailure } from '../../operator-cli/failure.ts';
import { sawAll } from '../change-mapping.ts';
import type { Ops } from '../ops.ts';
import type { Progress } from './check-rows.ts';
import type { RowChange } from './order.rules.ts';
import type { RowProblem } from './rows.rules.ts';

export interface WrittenRows {
  readonly written: number;
  readonly failures: readonly RowProblem[];
  /** Not tried, since one before failed. */
  readonly left: readonly RowChange[];
}

/** Writes in the given order, each with the version that was looked at. The first failure stops, unless `keepGoing`. */
export async function writeRows(
  changes: readonly RowChange[],
  ops: Ops,
  { keepGoing, onProgress }: { keepGoing: boolean; onProgress: Progress },
): Promise<WrittenRows> {
  const failures: RowProblem[] = [];
  const onDone = onProgress('written');
  let written = 0;
  for (const [index, { line, host, current, settings, reason }] of changes.entries()) {
    const seen = current?.version ?? null;
    try {
      await sawAll(ops, host, seen, () =>
        ops.put(host, { ...settings, reason }, { seen, dryRun: false }),
      );
      written += 1;
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
      failures.push({ line, message: `${host}: ${error.message}` });
      if (!keepGoing) return { written, failures, left: changes.slice(index + 1) };
    }
    onDone(index + 1, changes.length);
  }
  return { written, failures, left: [] };
}
