import {
  JSON_LINES,
  LETTER_FILTERS,
  LIMIT,
  letterFilterFrom,
  STATE,
  stateFrom,
} from '../arguments.ts';
import type { Command } from '../command.ts';
import { printList } from '../print-list.ts';
import { letterLines } from '../webhooks-text.ts';

export const listLetters: Command = {
  name: 'letters list',
  subject: null,
  summary: 'Events and jobs that no retry will cure, the newest first.',
  options: { state: STATE, ...LETTER_FILTERS, limit: LIMIT, json: JSON_LINES },
  more: `
  npm run webhooks -- letters list --state open
  npm run webhooks -- letters list --state open --shop SHOP --letter-reason unknown_order --limit 100`,
  async run(call) {
    const state = stateFrom(call);
    const query = { ...letterFilterFrom(call), ...(state === undefined ? {} : { state }) };
    await printList(call, (ops) => ops.letters(query), letterLines, 'No such letter.');
    return 0;
  },
};
