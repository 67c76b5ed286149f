/** What `objects associate` and `objects approve` have in common: they say whose an object is, and what that sets free. */
import type {
  AssociateStripeObjectRequest,
  StripeObjectAssociation,
} from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { Option } from '../operator-cli/command.ts';
import { type ExitCode, OpsRefusal } from '../operator-cli/failure.ts';
import { reasonFrom } from '../operator-cli/options.ts';
import { APPLY, REASON, shopFrom, stripeIdFrom } from './arguments.ts';
import type { Call } from './command.ts';
import type { Ops } from './ops.ts';
import { letterLines, objectLines } from './webhooks-text.ts';

export const WHOSE_OPTIONS: Readonly<Record<string, Option>> = {
  reason: REASON,
  replay: { help: 'replay the letters that wait for it too, the oldest hundred' },
  apply: APPLY,
};

const MOST_REPLAYED = 100;

export async function sayWhose(
  call: Call,
  act: (
    ops: Ops,
    shopId: string,
    stripeId: string,
    body: AssociateStripeObjectRequest,
  ) => Promise<StripeObjectAssociation>,
): Promise<ExitCode> {
  const shopId = shopFrom(call.subject);
  const stripeId = stripeIdFrom(call.subjects[1]);
  const reason = reasonFrom(call);
  const ops = call.ops();
  if (!call.isSet('apply')) return show(call, ops, shopId, stripeId);
  const replay = call.isSet('replay');
  return tell(call, await act(ops, shopId, stripeId, { reason, replay }));
}

async function show(call: Call, ops: Ops, shopId: string, stripeId: string): Promise<ExitCode> {
  try {
    const object = await ops.object(shopId, stripeId);
    for (const line of objectLines(object)) call.terminal.print(line);
  } catch (error) {
    if (!(error instanceof OpsRefusal) || error.code !== 'stripe_object_not_found') throw error;
    call.terminal.print(error.detail);
  }
  call.terminal.print(
    'Dry run: nothing was written. --apply writes; an object of another shop is refused.',
  );
  return 0;
}

function tell(call: Call, association: StripeObjectAssociation): ExitCode {
  const { shopId, stripeId, state, changed, letters, replayed } = association;
  for (const line of objectLines(association)) call.terminal.print(line);
  if (!changed) call.terminal.print('It was so before: nothing was written now.');
  if (state === 'proposed') {
    call.terminal.note(
      `Another operator has to approve it: npm run webhooks -- objects approve ${shopId} ${stripeId} --reason "…" --apply`,
    );
    return 0;
  }
  if (replayed > 0) call.terminal.print(`${replayed} letters replayed.`);
  if (replayed === MOST_REPLAYED)
    call.terminal.note('There may be more: the same command again replays them.');
  if (letters.length > 0) {
    for (const line of letterLines(letters)) call.terminal.print(line);
    call.terminal.note(`${letters.length} open letters can be replayed: --replay`);
  }
  return 0;
}
