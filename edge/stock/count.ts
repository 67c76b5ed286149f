/** What was counted, as a command or a file has it: compared first, then written once. */
import { createHash } from 'node:crypto';
import type { StockImportRow, StockLevel } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { type ExitCode, UsageError } from '../operator-cli/failure.ts';
import type { Call } from './command.ts';

/** As many as one call takes, all of which are written or none. */
const ROWS_A_CALL = 1_000;
const IMPORT_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{2,89}$/;

export interface Count {
  readonly shopId: string;
  readonly rows: readonly StockImportRow[];
  readonly reason: string;
  readonly importId: string;
}

/** The id that was given; else one of these rows and this reason, so that the same file is written once. */
export function importIdFrom(
  call: Pick<Call, 'text'>,
  { shopId, rows, reason }: Omit<Count, 'importId'>,
): string {
  const given = call.text('id');
  if (given === undefined) {
    const text = JSON.stringify([shopId, reason, rows]);
    return `count-${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
  }
  if (IMPORT_ID.test(given)) return given;
  throw new UsageError('--id is 3 to 90 letters, digits, ".", "-" and "_"');
}

/** Shows what would change, and writes it with `--apply`. */
export async function writeCount(call: Call, count: Count): Promise<ExitCode> {
  const ops = call.ops();
  const known = new Map<string, StockLevel>();
  for await (const level of ops.levels(count.shopId)) known.set(level.variantKey, level);
  let unchanged = 0;
  const short: string[] = [];
  const absent: string[] = [];
  for (const { row, variantKey, onHand } of count.rows) {
    const level = known.get(variantKey);
    if (level?.onHand === onHand) {
      unchanged += 1;
      continue;
    }
    const held = level?.held ?? 0;
    call.terminal.print(`${variantKey}  ${level?.onHand ?? '(none)'} → ${onHand}  (${held} held)`);
    if (level === undefined)
      absent.push(`  row ${row}: ${variantKey}, refused unless the catalogue has it`);
    if (onHand < held) short.push(`  row ${row}: ${variantKey} has ${held} held for buyers`);
  }
  const changed = count.rows.length - unchanged;
  call.terminal.print(`${count.rows.length} rows: ${changed} to write, ${unchanged} so already.`);
  if (absent.length > 0)
    call.terminal.note(['Of these the shop has had no stock so far:', ...absent].join('\n'));
  if (short.length > 0) {
    call.terminal.note(['Refused, since less would be left than is held:', ...short].join('\n'));
    return 1;
  }
  if (!call.isSet('apply')) {
    call.terminal.print('Dry run: nothing was written. --apply writes.');
    return 0;
  }
  return apply(call, count);
}

async function apply(call: Call, { shopId, rows, reason, importId }: Count): Promise<ExitCode> {
  const ops = call.ops();
  const parts = Math.ceil(rows.length / ROWS_A_CALL);
  for (let part = 0; part < parts; part += 1) {
    const id = parts === 1 ? importId : `${importId}-${part + 1}`;
    const body = { reason, rows: rows.slice(part * ROWS_A_CALL, (part + 1) * ROWS_A_CALL) };
    const done = await ops.importRows(shopId, id, body);
    const { changed, unchanged, importedAt } = done.body;
    call.terminal.print(
      done.replayed
        ? `${id}: written before, at ${importedAt}; nothing was written now. A new count has an --id of its own.`
        : `${id}: ${changed} written, ${unchanged} so already.`,
    );
  }
  return 0;
}
