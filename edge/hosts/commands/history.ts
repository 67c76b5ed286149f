import { CommandFailure } from '../../operator-cli/failure.ts';
import { numberFrom } from '../../operator-cli/options.ts';
import { hostFrom } from '../arguments.ts';
import type { Command } from '../command.ts';
import { changeLines } from '../mapping-text.ts';

const DEFAULT_LIMIT = 20;

export const history: Command = {
  name: 'history',
  subject: 'HOST',
  summary: 'Who changed a host, when and why: the newest first, also of a host that was deleted.',
  options: {
    limit: { value: 'N', help: `this many at most; ${DEFAULT_LIMIT} where nothing is said` },
    json: { help: 'one change a line, as the control plane has it' },
  },
  async run(call) {
    const host = hostFrom(call.subject);
    const limit = numberFrom(call, 'limit', 1) ?? DEFAULT_LIMIT;
    let shown = 0;
    for await (const change of call.ops().history(host)) {
      if (shown === limit) {
        call.terminal.note(`There are older ones: --limit ${limit * 2}`);
        break;
      }
      const lines = call.isSet('json') ? [JSON.stringify(change)] : changeLines(change);
      for (const line of lines) call.terminal.print(line);
      shown += 1;
    }
    if (shown === 0) throw new CommandFailure(`${host} was never mapped`);
    return 0;
  },
};
