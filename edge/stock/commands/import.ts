import { readTextFile } from '../../operator-cli/config.ts';
import { readCsv } from '../../operator-cli/csv-file.ts';
import { UsageError } from '../../operator-cli/failure.ts';
import { reasonFrom } from '../../operator-cli/options.ts';
import { APPLY, REASON, shopFrom } from '../arguments.ts';
import type { Command } from '../command.ts';
import { importIdFrom, writeCount } from '../count.ts';
import { rowsOf } from '../rows.rules.ts';

export const importFile: Command = {
  name: 'import',
  subject: 'SHOP FILE.csv',
  summary:
    'Says what was counted of many variants. Shows what would be; writes with --apply alone.',
  options: {
    reason: REASON,
    id: { value: 'ID', help: 'what the import is called; else the file and the reason name it' },
    apply: APPLY,
  },
  more: `
The file has a header row: variantKey,onHand. All of it is written or none, a thousand rows at a time. An import is
written once: the same file again, after a lost answer, writes nothing. A new count of the same figures has an --id of
its own.

  variantKey,onHand
  v1:mug,40
  "v1:tee?colour=red&size=m",200`,
  async run(call) {
    const shopId = shopFrom(call.subject);
    const file = call.subjects[1] ?? '';
    const read = rowsOf(readCsv(readTextFile(file)));
    if (!read.ok) {
      throw new UsageError([`${file} cannot be read:`, ...read.problems].join('\n  '));
    }
    const count = { shopId, rows: read.rows, reason: reasonFrom(call) };
    return writeCount(call, { ...count, importId: importIdFrom(call, count) });
  },
};
