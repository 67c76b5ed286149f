import type { Program } from '../operator-cli/program.ts';
import { adjust } from './commands/adjust.ts';
import { audit } from './commands/audit.ts';
import { history } from './commands/history.ts';
import { importFile } from './commands/import.ts';
import { list } from './commands/list.ts';
import { set } from './commands/set.ts';
import { show } from './commands/show.ts';
import { type Ops, opsAt } from './ops.ts';

export const STOCK: Program<Ops> = {
  name: 'stock',
  commands: [list, show, adjust, set, importFile, history, audit],
  opsAt,
};
