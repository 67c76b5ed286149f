import { readTextFile } from '../../operator-cli/config.ts';
import { readCsv } from '../../operator-cli/csv-file.ts';
import { type ExitCode, UsageError } from '../../operator-cli/failure.ts';
import type { Call, Command } from '../command.ts';
import { difference, differenceLines } from '../difference.rules.ts';
import { checkRows, type Progress } from '../import/check-rows.ts';

import type { RowChange } from '../import/order.rules.ts';
import { COLUMNS, type RowProblem, rowsOf } from '../import/rows.rules.ts';
import { writeRows } from '../import/write-rows.ts';

/** Longer files say from time to time how far they are. */
const PROGRESS_EVERY = 50;
const SHOWN_LEFT = 10;

export const importFile: Command = {
  name: 'import',
  subject: 'FILE.csv',
  summary:
    'Maps many hosts. Checks every row first; shows what would change; writes with --apply alone.',
  options: {
    reason: { value: 'TEXT', help: 'why, for rows whose own column is empty' },
    'keep-going': { help: 'go on after a row that fails, instead of stopping' },
    apply: { help: 'write' },
  },
  more: `
The file has a header row. Columns: ${COLUMNS.join(', ')}; locales are separated by
spaces. A column that is left out keeps what the host has; an empty cell takes an optional field away. Canonical hosts
are written before what redirects to them. A row that is so already is skipped, so that a file can be imported again
after a failure.

  host,shopId,canonicalHost,kind,mode,locales,defaultLocale,expiresAt,runtimeId,configurationId,reason
  shop.example.net,SHOP,,canonical,landing_only,en-IE de-DE,en-IE,,,,"Moved here, from the old host"
  www.shop.example.net,SHOP,shop.example.net,alias,active,en-IE de-DE,en-IE,,,,Alias`,
  async run(call) {
    const read = rowsOf(readCsv(readTextFile(call.subject)), call.text('reason'));
    if (!read.ok) throw new UsageError(listOf(`${call.subject} cannot be read:`, read.problems));
    const { terminal } = call;
    const ops = call.ops();
    const { changes, unchanged, problems } = await checkRows(read.rows, ops, progressOf(call));
    if (problems.length > 0) {
      terminal.note(listOf('Nothing was written. These rows are refused:', problems));
      return 1;
    }
    for (const change of changes) show(call, change);
    const counts = `${read.rows.length} rows: ${changes.length} to write, ${unchanged} so already`;
    if (!call.isSet('apply')) {
      terminal.print(`${counts}.`);
      terminal.print('Dry run: everything was checked, nothing was written. --apply writes.');
      return 0;
    }
    return apply(call, changes, counts);
  },
};

async function apply(call: Call, changes: readonly RowChange[], counts: string): Promise<ExitCode> {
  const { written, failures, left } = await writeRows(changes, call.ops(), {
    keepGoing: call.isSet('keep-going'),
    onProgress: progressOf(call),
  });
  call.terminal.print(
    `${counts}; ${written} written, ${failures.length} failed, ${left.length} left.`,
  );
  if (failures.length === 0) return 0;
  call.terminal.note(listOf('Failed:', failures));
  if (left.length > 0) {
    const more = left.length > SHOWN_LEFT ? [`  … and ${left.length - SHOWN_LEFT} more`] : [];
    const shown = left.slice(0, SHOWN_LEFT).map(({ line, host }) => `  line ${line}: ${host}`);
    call.terminal.note(['Left as they were:', ...shown, ...more].join('\n'));
  }
  call.terminal.note(
    'When that is put right, import the same file again: what is done is skipped.',
  );
  return 1;
}

function show({ terminal }: Call, { line, host, current, settings }: RowChange): void {
  const version = current === null ? 'new' : `version ${current.version}`;
  terminal.print(`${host} (${version}, line ${line})`);
  for (const text of differenceLines(difference(current, settings))) terminal.print(text);
}

function listOf(title: string, problems: readonly RowProblem[]): string {
  return [title, ...problems.map(({ line, message }) => `  line ${line}: ${message}`)].join('\n');
}

function progressOf({ terminal }: Call): Progress {
  return (what) => {
    let said = 0;
    return (done, all) => {
      if (done - said < PROGRESS_EVERY || done === all) return;
      said = done;
      terminal.note(`${done} of ${all} ${what}`);
    };
  };
}
