/** `npm run stock -- COMMAND …`: what a shop has, for operators. `--help` says what there is. */
import { runAsProcess } from '../operator-cli/program.ts';
import { STOCK } from './program.ts';

await runAsProcess(STOCK);
