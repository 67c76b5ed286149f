import type { DeadLetterAct } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { Problem } from '../platform/problem.ts';
import { type Acting, recordOperatorAct } from './acts.ts';
import { endLetter, type LetterDeps, lockLetter } from './replay-letters.ts';

/**
 * Closes a letter about which nothing is to be done. A letter that was replayed meanwhile is under way: whoever meant to
 * discard it should know.
 * @throws Problem dead_letter_not_found, dead_letter_not_open
 */
export async function discardDeadLetter(
  deps: LetterDeps,
  deadLetterId: string,
  by: Acting,
): Promise<DeadLetterAct> {
  return deps.db.asPlatform('discard a dead letter', async (tx) => {
    const { state, shop_id: shopId } = await lockLetter(tx, deps.config.environment, deadLetterId);
    if (state === 'replayed')
      throw new Problem('dead_letter_not_open', {
        detail: 'The letter is replayed, and only one that is open can be discarded.',
      });
    const changed = state === 'open';
    if (changed) {
      await endLetter(tx, deadLetterId, 'discarded', null);
      await recordOperatorAct(tx, deps, by, { kind: 'discard_dead_letter', deadLetterId, shopId });
    }
    return {
      deadLetterId,
      state: 'discarded',
      changed,
      ...(shopId === null ? {} : { shopId }),
    };
  });
}
