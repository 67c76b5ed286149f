import { UsageError } from '../../operator-cli/failure.ts';
import {
  JSON_LINES,
  LIMIT,
  SHOP,
  STATUS,
  shopFilterFrom,
  statusFrom,
  TYPE,
  typeFilterFrom,
} from '../arguments.ts';
import type { Command } from '../command.ts';
import { printList } from '../print-list.ts';
import { eventLines } from '../webhooks-text.ts';

export const listEvents: Command = {
  name: 'events list',
  subject: null,
  summary: 'What Stripe has sent and what became of it, the last received first.',
  options: {
    status: STATUS,
    shop: SHOP,
    type: TYPE,
    event: { value: 'EVENT', help: 'this one alone: evt_…' },
    limit: LIMIT,
    json: JSON_LINES,
  },
  more: `
  npm run webhooks -- events list --status received
  npm run webhooks -- events list --shop SHOP --type invoice.paid --limit 100
  npm run webhooks -- events list --event evt_1QaBcDeFgHiJkLmN`,
  async run(call) {
    const status = statusFrom(call);
    const query = {
      ...(status === undefined ? {} : { status }),
      ...shopFilterFrom(call),
      ...typeFilterFrom(call),
      ...eventFilterFrom(call.text('event')),
    };
    await printList(call, (ops) => ops.events(query), eventLines, 'No such event.');
    return 0;
  },
};

function eventFilterFrom(given: string | undefined): { stripeEventId?: string } {
  if (given === undefined) return {};
  if (/^[A-Za-z0-9_]{1,255}$/.test(given)) return { stripeEventId: given };
  throw new UsageError(`"${given}" is no event's id: evt_…`);
}
