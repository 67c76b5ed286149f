import type { NamedStripeObject } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { type ExitCode, UsageError } from '../../operator-cli/failure.ts';
import { numberFrom, reasonFrom } from '../../operator-cli/options.ts';
import { plainText } from '../../operator-cli/plain-text.ts';
import { APPLY, JSON_LINES, REASON, shopFrom } from '../arguments.ts';
import type { Call, Command } from '../command.ts';

const RECORDS_A_STEP = 200;
const MOST_A_STEP = 500;
const CURSOR = /^[A-Za-z0-9_.:~=-]{1,512}$/;

export const backfillObjects: Command = {
  name: 'objects backfill',
  subject: 'SHOP',
  summary: "Learns the Stripe objects that a shop's own records name, step by step to the end.",
  options: {
    reason: REASON,
    after: { value: 'CURSOR', help: 'go on where a step ended, as it said' },
    step: { value: 'N', help: `records a step, up to ${MOST_A_STEP}; else ${RECORDS_A_STEP}` },
    json: { ...JSON_LINES, help: 'each step in a line, as the control plane has it' },
    apply: APPLY,
  },
  more: `
Its orders, subscriptions, invoices and customers are read. To stop it at any moment leaves nothing half done; begun anew
it learns nothing twice. There is no dry run of what it would learn.

  npm run webhooks -- objects backfill SHOP --reason "Moved here in spring" --apply
  npm run webhooks -- objects backfill SHOP --reason "Moved here in spring" --after orders.ord_019a2f6e --apply

Exit code 1: some objects are another shop's. They stay there, and somebody should look.`,
  async run(call) {
    const shopId = shopFrom(call.subject);
    const reason = reasonFrom(call);
    const after = cursorFrom(call.text('after'));
    const limit = numberFrom(call, 'step', 1) ?? RECORDS_A_STEP;
    if (limit > MOST_A_STEP) throw new UsageError(`--step is ${MOST_A_STEP} at most`);
    if (!call.isSet('apply')) {
      call.terminal.print('Dry run: nothing was read or written. --apply begins.');
      return 0;
    }
    return backfill(call, shopId, { reason, limit, after });
  },
};

function cursorFrom(given: string | undefined): string | undefined {
  if (given === undefined || CURSOR.test(given)) return given;
  throw new UsageError(`--after is what a step said to go on with, and "${given}" is not`);
}

type First = {
  readonly reason: string;
  readonly limit: number;
  readonly after: string | undefined;
};

async function backfill(
  call: Call,
  shopId: string,
  { reason, limit, after: first }: First,
): Promise<ExitCode> {
  const ops = call.ops();
  let [examined, added, conflicts] = [0, 0, 0];
  let after = first;
  do {
    const body = { reason, limit, ...(after === undefined ? {} : { after }) };
    const step = await ops.backfill(shopId, body);
    examined += step.examined;
    added += step.added;
    conflicts += step.conflicts.length;
    after = step.next;
    const lines = call.isSet('json') ? [JSON.stringify(step)] : step.conflicts.map(conflictLine);
    for (const line of lines) call.terminal.print(line);
    const sum = `${examined} records read, ${added} objects learnt, ${conflicts} of another shop`;
    call.terminal.note(after === undefined ? sum : `${sum}; to go on: --after ${after}`);
  } while (after !== undefined);
  return conflicts === 0 ? 0 : 1;
}

function conflictLine({ stripeId, objectType, shopId }: NamedStripeObject): string {
  return `${plainText(stripeId)}  ${plainText(objectType)}  is of ${shopId ?? 'another shop'}, and stays there`;
}
