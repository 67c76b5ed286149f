import type { StockLevel } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { JSON_LINES, shopFrom } from '../arguments.ts';
import type { Command } from '../command.ts';
import { levelLines } from '../stock-text.ts';

export const list: Command = {
  name: 'list',
  subject: 'SHOP',
  summary: 'What a shop has of each variant, and how much of it is held.',
  options: { json: JSON_LINES },
  async run(call) {
    const shopId = shopFrom(call.subject);
    const levels: StockLevel[] = [];
    for await (const level of call.ops().levels(shopId)) levels.push(level);
    const lines = call.isSet('json')
      ? levels.map((level) => JSON.stringify(level))
      : levelLines(levels);
    for (const line of lines) call.terminal.print(line);
    call.terminal.note(`${levels.length} variants`);
    return 0;
  },
};
