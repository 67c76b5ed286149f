/** `npm run webhooks -- COMMAND …`: what Stripe's events came to, for operators. `--help` says what there is. */
import { runAsProcess } from '../operator-cli/program.ts';
import { WEBHOOKS } from './program.ts';

await runAsProcess(WEBHOOKS);
