import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { OpsRefusal } from '../../operator-cli/failure.ts';
import { difference } from '../difference.rules.ts';
import type { Ops } from '../ops.ts';
import { propose } from '../proposal.rules.ts';
import { checkable, type RowChange, writeOrder } from './order.rules.ts';
import type { ImportRow, RowProblem } from './rows.rules.ts';

/** The control plane asks the registry for each: a few at a time. */
const AT_A_TIME = 8;

/** Called once for each stretch of the work; what it returns is called after each piece of it. */
export type Progress = (what: string) => (done: number, all: number) => void;

export interface CheckedRows {
  /** In the order in which they are to be written. */
  readonly changes: readonly RowChange[];
  readonly unchanged: number;
  readonly problems: readonly RowProblem[];
}

/** Looks at every row's host, and has every change checked by the control plane. Writes nothing. */
export async function checkRows(
  rows: readonly ImportRow[],
  ops: Ops,
  onProgress: Progress,
): Promise<CheckedRows> {
  const problems: RowProblem[] = [];
  const found = new Map<string, RowChange>();
  await inParallel(rows, onProgress('looked at'), async (row) => {
    const current = await ops.get(row.host);
    const change = changeOf(row, current, problems);
    if (change !== null) found.set(row.host, change);
  });
  // In the order of the file again, whoever was answered first.
  const inFile = rows.flatMap(({ host }) => found.get(host) ?? []);
  const unchanged = rows.length - inFile.length - problems.length;
  await inParallel(inFile, onProgress('checked'), async (change) => {
    const problem = await problemOf(change, found, ops);
    if (problem !== null) problems.push({ line: change.line, message: problem });
  });
  problems.sort((one, other) => one.line - other.line);
  return { changes: writeOrder(inFile), unchanged, problems };
}

/** Null where nothing changes, and where the row lacks something, which is added to the problems. */
function changeOf(
  { line, host, edit, reason }: ImportRow,
  current: HostMapping | null,
  problems: RowProblem[],
): RowChange | null {
  const proposal = propose(host, current, edit);
  if (!proposal.ok) {
    const missing = proposal.missing.join(' and ');
    problems.push({ line, message: `${host} is not mapped yet, and has no ${missing}` });
    return null;
  }
  const { settings } = proposal;
  if (difference(current, settings).length === 0) return null;
  return { line, host, current, settings, reason };
}

async function problemOf(
  change: RowChange,
  changes: ReadonlyMap<string, RowChange>,
  ops: Ops,
): Promise<string | null> {
  const check = checkable(change, changes);
  if ('problem' in check) return check.problem;
  const { host, current, reason } = change;
  const seen = current?.version ?? null;
  try {
    await ops.put(host, { ...check.settings, reason }, { seen, dryRun: true });
    return null;
  } catch (error) {
    if (error instanceof OpsRefusal && error.status < 500) return `${host}: ${error.message}`;
    throw error;
  }
}

async function inParallel<Item>(
  items: readonly Item[],
  onDone: (done: number, all: number) => void,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  let done = 0;
  let failed = false;
  const workers = Array.from({ length: AT_A_TIME }, async () => {
    for (const item of queue) {
      // What one of them could not ask, the others need not ask either.
      if (failed) return;
      await work(item).catch((error: unknown) => {
        failed = true;
        throw error;
      });
      done += 1;
      onDone(done, items.length);
    }
  });
  await Promise.all(workers);
}
