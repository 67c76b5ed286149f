import type { Program } from '../operator-cli/program.ts';
import { listActs } from './commands/acts-list.ts';
import { listEvents } from './commands/events-list.ts';
import { discardLetter } from './commands/letters-discard.ts';
import { listLetters } from './commands/letters-list.ts';
import { replayLetters } from './commands/letters-replay.ts';
import { showLetter } from './commands/letters-show.ts';
import { approveObject } from './commands/objects-approve.ts';
import { associateObject } from './commands/objects-associate.ts';
import { backfillObjects } from './commands/objects-backfill.ts';
import { showObject } from './commands/objects-show.ts';
import { type Ops, opsAt } from './ops.ts';

export const WEBHOOKS: Program<Ops> = {
  name: 'webhooks',
  commands: [
    listLetters,
    showLetter,
    replayLetters,
    discardLetter,
    showObject,
    associateObject,
    approveObject,
    backfillObjects,
    listEvents,
    listActs,
  ],
  opsAt,
};
