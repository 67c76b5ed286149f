import type { DeadLetterFilter } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { type ExitCode, UsageError } from '../../operator-cli/failure.ts';
import { reasonFrom } from '../../operator-cli/options.ts';
import { APPLY, LETTER_FILTERS, letterFilterFrom, letterFrom, REASON } from '../arguments.ts';
import type { Call, Command } from '../command.ts';
import { letterLines } from '../webhooks-text.ts';

/** So many in one call, each a transaction of its own: a call stays well within its time. */
const LETTERS_A_CALL = 50;

export const replayLetters: Command = {
  name: 'letters replay',
  subject: '[LETTER]',
  summary: 'Hands letters on again, one or many. Shows which; replays with --apply alone.',
  options: {
    reason: REASON,
    'all-of-filter': { help: 'every open letter that meets the options below, all without any' },
    ...LETTER_FILTERS,
    after: { value: 'LETTER', help: 'go on behind this one, the oldest come first' },
    apply: APPLY,
  },
  more: `
A replay is as safe as a retry: what was applied before is not applied twice. To stop it at any moment leaves nothing
half done; the same command again goes on with what is still open.

  npm run webhooks -- letters replay dl_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e --reason "Its shop is known now" --apply
  npm run webhooks -- letters replay --all-of-filter --letter-reason attempts_exhausted --shop SHOP --reason "The fault is mended" --apply

Exit code 1: some could not be replayed, and are open as before.`,
  run(call) {
    const reason = reasonFrom(call);
    const filter = letterFilterFrom(call);
    const after = call.text('after');
    const place = after === undefined ? undefined : letterFrom(after);
    const isMany = call.isSet('all-of-filter');
    if (isMany === call.subjects.length > 0)
      throw new UsageError('which? Give one LETTER, or --all-of-filter');
    if (isMany) return replayMany(call, filter, reason, place);
    if (place !== undefined || Object.keys(filter).length > 0)
      throw new UsageError(
        'one LETTER is chosen by its id: its other options need --all-of-filter',
      );
    return replayOne(call, letterFrom(call.subject), reason);
  },
};

async function replayOne(call: Call, deadLetterId: string, reason: string): Promise<ExitCode> {
  const ops = call.ops();
  if (!call.isSet('apply')) {
    for (const line of letterLines([await ops.letter(deadLetterId)])) call.terminal.print(line);
    call.terminal.print('Dry run: nothing was written. --apply replays it.');
    return 0;
  }
  const { changed, shopId } = await ops.replay(deadLetterId, reason);
  const whose = shopId === undefined ? 'of no shop' : `of ${shopId}`;
  const now = changed ? '' : ', as it was before: nothing was done now';
  call.terminal.print(`${deadLetterId}  replayed, ${whose}${now}`);
  return 0;
}

async function replayMany(
  call: Call,
  filter: DeadLetterFilter,
  reason: string,
  first: string | undefined,
): Promise<ExitCode> {
  if (!call.isSet('apply')) return countMany(call, filter, first);
  const ops = call.ops();
  let [examined, replayed, left] = [0, 0, 0];
  let after = first;
  do {
    const page = await ops.replayPage({
      reason,
      filter,
      limit: LETTERS_A_CALL,
      ...(after === undefined ? {} : { after }),
    });
    examined += page.examined;
    replayed += page.replayed;
    left += page.notReplayable;
    after = page.next;
    if (after !== undefined)
      call.terminal.note(`${examined} so far, ${replayed} replayed; to go on: --after ${after}`);
  } while (after !== undefined);
  call.terminal.print(`${examined} open letters: ${replayed} replayed, ${left} cannot be.`);
  if (left > 0) call.terminal.note('Replaying one of those by its id says why.');
  return left > 0 ? 1 : 0;
}

async function countMany(
  call: Call,
  filter: DeadLetterFilter,
  first: string | undefined,
): Promise<ExitCode> {
  const counts = new Map<string, number>();
  let letters = 0;
  for await (const letter of call.ops().letters({ ...filter, state: 'open' })) {
    // Ids sort by time, and the list has the newest first.
    if (first !== undefined && letter.deadLetterId <= first) break;
    const key = `${letter.reason}  ${letter.shopId ?? 'no shop'}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    letters += 1;
    if (letters % 1_000 === 0) call.terminal.note(`${letters} so far`);
  }
  for (const [key, count] of counts) call.terminal.print(`${count}  ${key}`);
  call.terminal.print(`${letters} open letters. Dry run: nothing was written. --apply replays.`);
  return 0;
}
