import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { KINDS, MODES, oneOf } from '../arguments.ts';
import type { Command } from '../command.ts';
import { tableLines } from '../mapping-text.ts';

export const list: Command = {
  name: 'list',
  subject: null,
  summary: 'The hosts that are mapped, by name.',
  options: {
    shop: { value: 'SHOP', help: 'the hosts of this shop alone' },
    kind: { value: 'KIND', help: KINDS.join(', ') },
    mode: { value: 'MODE', help: `as it was written: ${MODES.join(', ')}` },
    json: { help: 'one mapping a line, as the control plane has it' },
  },
  async run(call) {
    const filter = {
      shopId: call.text('shop'),
      kind: oneOf(call, 'kind', KINDS),
      mode: oneOf(call, 'mode', MODES),
    };
    const mappings: HostMapping[] = [];
    for await (const mapping of call.ops().list(filter)) mappings.push(mapping);
    if (call.isSet('json')) {
      for (const mapping of mappings) call.terminal.print(JSON.stringify(mapping));
      return 0;
    }
    for (const line of tableLines(mappings)) call.terminal.print(line);
    call.terminal.note(`${mappings.length} hosts`);
    return 0;
  },
};
