import type { Program } from '../operator-cli/program.ts';
import { deleteHost } from './commands/delete.ts';
import { history } from './commands/history.ts';
import { importFile } from './commands/import.ts';
import { list } from './commands/list.ts';
import { onboard } from './commands/onboard.ts';
import { set } from './commands/set.ts';
import { show } from './commands/show.ts';
import { type Ops, opsAt } from './ops.ts';

export const HOSTS: Program<Ops> = {
  name: 'hosts',
  commands: [list, show, set, deleteHost, importFile, history, onboard],
  opsAt,
};
