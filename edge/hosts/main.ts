/** `npm run hosts -- COMMAND …`: which host is whose, for operators. `--help` says what there is. */
import { runAsProcess } from '../operator-cli/program.ts';
import { HOSTS } from './program.ts';

await runAsProcess(HOSTS);
