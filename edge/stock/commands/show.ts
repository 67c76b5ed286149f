import { CommandFailure } from '../../operator-cli/failure.ts';
import { JSON_LINES, shopFrom, variantFrom } from '../arguments.ts';
import type { Command } from '../command.ts';
import { findLevel } from '../find-level.ts';
import { changeLines, levelLines } from '../stock-text.ts';

const SHOWN_CHANGES = 3;

export const show: Command = {
  name: 'show',
  subject: 'SHOP VARIANT',
  summary: 'What there is of one variant, and the last changes of it.',
  options: { json: JSON_LINES },
  async run(call) {
    const shopId = shopFrom(call.subject);
    const variantKey = variantFrom(call.subjects[1]);
    const ops = call.ops();
    const level = await findLevel(ops, shopId, variantKey);
    if (level === null) throw new CommandFailure(`${shopId} has no stock of ${variantKey}`);
    if (call.isSet('json')) {
      call.terminal.print(JSON.stringify(level));
      return 0;
    }
    for (const line of levelLines([level])) call.terminal.print(line);
    let shown = 0;
    for await (const change of ops.changes(shopId, variantKey)) {
      if (shown === SHOWN_CHANGES) break;
      shown += 1;
      for (const line of changeLines(change)) call.terminal.print(line);
    }
    return 0;
  },
};
