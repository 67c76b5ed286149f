import { UsageError } from '../../operator-cli/failure.ts';
import { JSON_LINES, LIMIT, shopFilterFrom } from '../arguments.ts';
import type { Command } from '../command.ts';
import { printList } from '../print-list.ts';
import { actLines } from '../webhooks-text.ts';

export const listActs: Command = {
  name: 'acts list',
  subject: null,
  summary: 'Who did what about webhooks, when and why: the newest first.',
  options: {
    shop: { value: 'SHOP', help: 'all of this shop, its objects too; else letters alone' },
    subject: { value: 'ID', help: 'about this letter or object alone' },
    limit: LIMIT,
    json: JSON_LINES,
  },
  more: `
  npm run webhooks -- acts list --shop SHOP
  npm run webhooks -- acts list --subject dl_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e`,
  async run(call) {
    const subject = subjectFrom(call.text('subject'));
    const query = { ...shopFilterFrom(call), ...(subject === undefined ? {} : { subject }) };

    await printList(
      call,
      (ops) => ops.acts(query),
      (acts) => acts.flatMap(actLines),
      'No such act.',
    );
    return 0;
  },
};

function subjectFrom(given: string | undefined): string | undefined {
  if (given === undefined || /^[A-Za-z0-9_-]{1,255}$/.test(given)) return given;
  throw new UsageError(`"${given}" is no id of a letter or an object`);
}
