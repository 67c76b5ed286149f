import { reasonFrom } from '../../operator-cli/options.ts';
import { APPLY, letterFrom, REASON } from '../arguments.ts';
import type { Command } from '../command.ts';
import { letterLines } from '../webhooks-text.ts';

export const discardLetter: Command = {
  name: 'letters discard',
  subject: 'LETTER',
  summary: 'Says that nothing is to be done about a letter. Shows it; writes with --apply alone.',
  options: { reason: REASON, apply: APPLY },
  more: `
The letter stays to be read, and can still be replayed.

  npm run webhooks -- letters discard dl_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e --reason "A test of Stripe's" --apply`,
  async run(call) {
    const deadLetterId = letterFrom(call.subject);
    const reason = reasonFrom(call);
    const ops = call.ops();
    if (!call.isSet('apply')) {
      for (const line of letterLines([await ops.letter(deadLetterId)])) call.terminal.print(line);
      call.terminal.print('Dry run: nothing was written. --apply discards it.');
      return 0;
    }
    const { changed } = await ops.discard(deadLetterId, reason);
    const now = changed ? '' : ', as it was before: nothing was done now';
    call.terminal.print(`${deadLetterId}  discarded${now}`);
    return 0;
  },
};
