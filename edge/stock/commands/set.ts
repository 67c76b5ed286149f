import { reasonFrom } from '../../operator-cli/options.ts';
import { APPLY, REASON, shopFrom, unitsFrom, variantFrom } from '../arguments.ts';
import type { Command } from '../command.ts';
import { writeCount } from '../count.ts';
import { newKey } from '../ops.ts';

export const set: Command = {
  name: 'set',
  subject: 'SHOP VARIANT N',
  summary: 'Says how many units were counted. Shows what would be; writes with --apply alone.',
  options: { reason: REASON, apply: APPLY },
  more: `
Units on hand are those that are there, held ones among them. Setting what is so already changes nothing.

  npm run stock -- set SHOP mug 40 --reason "Counted in the evening" --apply`,
  async run(call) {
    const shopId = shopFrom(call.subject);
    const variantKey = variantFrom(call.subjects[1]);
    const onHand = unitsFrom(call.subjects[2]);
    const reason = reasonFrom(call);
    const rows = [{ row: 1, variantKey, onHand }];
    return writeCount(call, { shopId, rows, reason, importId: `set-${newKey()}` });
  },
};
