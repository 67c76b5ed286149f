import { isIdempotencyKey } from '@commerce/contracts/vocabulary/ids.ts';
import { CommandFailure, OpsRefusal, UsageError } from '../../operator-cli/failure.ts';
import { reasonFrom } from '../../operator-cli/options.ts';
import { APPLY, differenceFrom, REASON, shopFrom, variantFrom } from '../arguments.ts';
import type { Call, Command } from '../command.ts';
import { findLevel } from '../find-level.ts';
import { newKey } from '../ops.ts';

const KINDS = ['restock', 'correction'] as const;

export const adjust: Command = {
  name: 'adjust',
  subject: 'SHOP VARIANT ±N',
  summary: 'Adds units, or takes some away. Shows what would be; writes with --apply alone.',
  options: {
    reason: REASON,
    kind: { value: 'KIND', help: 'restock (the default of +N) or correction (of -N)' },
    key: { value: 'KEY', help: 'of a call whose answer got lost: it is done once' },
    apply: APPLY,
  },
  more: `
  npm run stock -- adjust SHOP "v1:tee?colour=red&size=m" +20 --reason "The spring delivery"
  npm run stock -- adjust SHOP mug -2 --reason "Two were broken" --apply`,
  async run(call) {
    const shopId = shopFrom(call.subject);
    const variantKey = variantFrom(call.subjects[1]);
    const quantity = differenceFrom(call.subjects[2]);
    const kind = kindFrom(call, quantity);
    const reason = reasonFrom(call);
    const key = keyFrom(call);
    const ops = call.ops();
    if (!call.isSet('apply')) {
      const level = await findLevel(ops, shopId, variantKey);
      const [before, held] = [level?.onHand ?? 0, level?.held ?? 0];
      const after = before + quantity;
      call.terminal.print(`${variantKey}  ${before} → ${after}  (${held} held), ${kind}`);
      if (after < held) {
        throw new CommandFailure(
          `${held} are held for buyers: no more than ${before - held} can go`,
        );
      }
      call.terminal.print('Dry run: nothing was written. --apply writes.');
      return 0;
    }
    const { body, replayed } = await ops
      .adjust(shopId, key, { variantKey, kind, quantity, reason })
      .catch((error: unknown) => {
        // A refusal is an answer. Without one the change may have been made.
        if (!(error instanceof OpsRefusal) || error.status >= 500) {
          call.terminal.note(
            `Whether it was done is not known. Once, whatever happened: --key ${key}`,
          );
        }
        throw error;
      });
    const { before, after, held } = body;
    const done = replayed ? ', done before with this key: nothing was done now' : '';
    call.terminal.print(`${variantKey}  ${before} → ${after}  (${held} held), ${kind}${done}`);
    return 0;
  },
};

function kindFrom(call: Call, quantity: number): (typeof KINDS)[number] {
  const given = call.text('kind');
  if (given === undefined) return quantity > 0 ? 'restock' : 'correction';
  const kind = KINDS.find((candidate) => candidate === given);
  if (kind === undefined) throw new UsageError(`--kind is one of ${KINDS.join(', ')}`);
  if (kind === 'restock' && quantity < 0) throw new UsageError('a restock adds units');
  return kind;
}

function keyFrom(call: Call): string {
  const key = call.text('key') ?? newKey();
  if (isIdempotencyKey(key)) return key;
  throw new UsageError('--key is 22 to 255 letters, digits, "-" and "_"');
}
