import { CommandFailure } from '../../operator-cli/failure.ts';
import { hostFrom } from '../arguments.ts';
import type { Command } from '../command.ts';
import { mappingLines } from '../mapping-text.ts';

export const show: Command = {
  name: 'show',
  subject: 'HOST',
  summary: 'The mapping of one host.',
  options: { json: { help: 'as the control plane has it' } },
  async run(call) {
    const host = hostFrom(call.subject);
    const mapping = await call.ops().get(host);
    if (mapping === null) throw new CommandFailure(`${host} is not mapped`);
    const lines = call.isSet('json') ? [JSON.stringify(mapping)] : mappingLines(mapping);
    for (const line of lines) call.terminal.print(line);
    return 0;
  },
};
