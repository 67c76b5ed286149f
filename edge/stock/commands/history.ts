import { numberFrom } from '../../operator-cli/options.ts';
import { JSON_LINES, shopFrom, variantFrom } from '../arguments.ts';
import type { Command } from '../command.ts';
import { changeLines } from '../stock-text.ts';

const DEFAULT_LIMIT = 20;

export const history: Command = {
  name: 'history',
  subject: 'SHOP [VARIANT]',
  summary: 'Who changed stock, when and why: the newest first. Sales are told by orders, not here.',
  options: {
    limit: { value: 'N', help: `this many at most; ${DEFAULT_LIMIT} where nothing is said` },
    json: JSON_LINES,
  },
  async run(call) {
    const shopId = shopFrom(call.subject);
    const [, variant] = call.subjects;
    const variantKey = variant === undefined ? undefined : variantFrom(variant);
    const limit = numberFrom(call, 'limit', 1) ?? DEFAULT_LIMIT;
    let shown = 0;
    for await (const change of call.ops().changes(shopId, variantKey)) {
      if (shown === limit) {
        call.terminal.note(`There are older ones: --limit ${limit * 2}`);
        break;
      }
      const lines = call.isSet('json') ? [JSON.stringify(change)] : changeLines(change);
      for (const line of lines) call.terminal.print(line);
      shown += 1;
    }
    if (shown === 0) call.terminal.note('No operator has changed it.');
    return 0;
  },
};
