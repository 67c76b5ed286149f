import { plainText } from '../../operator-cli/plain-text.ts';
import { JSON_LINES, shopFrom } from '../arguments.ts';
import type { Command } from '../command.ts';
import { columns } from '../stock-text.ts';

const FIGURES = ['stocked', 'sold', 'held', 'free'] as const;

export const audit: Command = {
  name: 'audit',
  subject: 'SHOP',
  summary: 'Whether stock, holds, orders and payments agree. Exit code 1 where they do not.',
  options: { json: { ...JSON_LINES, help: 'the whole answer, as the control plane has it' } },
  more: 'Of each variant, what was ever stocked is what was sold, is held, and is free: or there is a finding.',
  async run(call) {
    const found = await call.ops().audit(shopFrom(call.subject));
    const { variants, findings, asOf } = found;
    if (call.isSet('json')) call.terminal.print(JSON.stringify(found));
    else {
      const rows = variants.map((one) => [
        one.variantKey,
        ...FIGURES.map((name) => String(one[name])),
      ]);
      for (const line of columns([['variant', ...FIGURES], ...rows])) call.terminal.print(line);
    }
    for (const { kind, subject, detail } of findings) {
      call.terminal.note(`${kind}  ${plainText(subject)}: ${plainText(detail)}`);
    }
    call.terminal.note(`${variants.length} variants as of ${asOf}, ${findings.length} findings`);
    return findings.length === 0 ? 0 : 1;
  },
};
