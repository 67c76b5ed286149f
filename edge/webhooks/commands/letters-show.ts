import { JSON_LINES, letterFrom } from '../arguments.ts';
import type { Command } from '../command.ts';
import { wholeLetterLines } from '../webhooks-text.ts';

export const showLetter: Command = {
  name: 'letters show',
  subject: 'LETTER',
  summary: 'One letter: what happened, whose it may be, and what it names.',
  options: {
    payload: { help: 'what Stripe sent, or the job, too: it may hold names, addresses, e-mail' },
    json: { ...JSON_LINES, help: 'the whole answer in a line, what it holds included' },
  },
  more: `
  npm run webhooks -- letters show dl_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e
  npm run webhooks -- letters show dl_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e --payload`,
  async run(call) {
    const deadLetterId = letterFrom(call.subject);
    const letter = await call.ops().letter(deadLetterId);
    if (call.isSet('json')) {
      call.terminal.print(JSON.stringify(letter));
      return 0;
    }
    for (const line of wholeLetterLines(letter)) call.terminal.print(line);
    if (call.isSet('payload')) call.terminal.print(`\n${JSON.stringify(letter.payload, null, 2)}`);
    return 0;
  },
};
