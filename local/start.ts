/** `npm start`: the whole platform on this machine, until Ctrl-C. */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './entry-point.ts';
import { whenNpmIsGone } from './npm-parent.ts';
import { type Platform, startPlatform } from './platform.ts';
import { readPorts } from './ports.ts';
import { readSettings } from './settings.ts';
import { stepPrinter } from './step-printer.ts';
import { urlTable } from './url-table.ts';

const HELP = `npm start [-- --fresh]    the whole platform on this machine; Ctrl-C stops it

  --fresh   begin anew: delete the local database, the host mappings, the stand-in's objects and all secrets
  --dir D   keep what the platform makes in D instead of .local
  --help    this text

Ports, by environment variable:
  FRONT_DOOR_PORT 8787   NODE_SERVICE_PORT 3000   STRIPE_STAND_IN_PORT 12111
  POSTGRES_PORT 5433     METRICS_PORT 9464        PRISM_PORT 4010

Real things instead of local ones, by environment variable:
  DATABASE_URL        an administrator's URL of a Postgres 15 to 18; its database "commerce" is used
  STRIPE_SECRET_KEY   a test key; then also STRIPE_PUBLISHABLE_KEY, STRIPE_WEBHOOK_SECRET and
                      STRIPE_BILLING_WEBHOOK_SECRET

What the platform makes is kept in .local/: the database, logs, and keys.json with every secret and URL.`;

/** A second Ctrl-C within this time is the same one, passed on by npm. */
const SAME_SIGNAL_MS = 500;

function parseCommandLine(): { fresh: boolean; dir: string } {
  const { values } = parseArgs({
    options: {
      fresh: { type: 'boolean', default: false },
      dir: { type: 'string', default: join(ROOT, '.local') },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  return { fresh: values.fresh, dir: resolve(values.dir) };
}

/** Aborts when the platform shall stop; a second signal, later than the first, ends this process at once. */
function untilAskedToStop(abort: AbortController): void {
  let firstMs: number | undefined;
  const onSignal = () => {
    const now = Date.now();
    if (firstMs === undefined) {
      firstMs = now;
      abort.abort(new Error('stopped'));
    } else if (now - firstMs > SAME_SIGNAL_MS) {
      // The processes notice that we are gone, and end by themselves.
      process.exit(130);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  void whenNpmIsGone(() => abort.abort(new Error('stopped')));
}

async function main(): Promise<number> {
  const { fresh, dir } = parseCommandLine();
  const abort = new AbortController();
  untilAskedToStop(abort);
  let givenUp: string | undefined;
  const steps = stepPrinter();
  let platform: Platform;
  try {
    platform = await startPlatform({
      dir,
      ports: readPorts(process.env),
      settings: readSettings(process.env),
      fresh,
      log: steps.message,
      onStep: steps.step,
      onGivenUp: (reason) => {
        givenUp = reason;
        abort.abort(new Error(reason));
      },
      signal: abort.signal,
    });
  } catch (error) {
    steps.end();
    if (abort.signal.aborted && givenUp === undefined) {
      console.log('stopped');
      return 0;
    }
    console.error(`\n${givenUp ?? (error as Error).message}\n`);
    return 1;
  }
  console.log(`\n${urlTable(platform)}\n\nready`);
  await new Promise<void>((done) => {
    if (abort.signal.aborted) done();
    abort.signal.addEventListener('abort', () => done());
  });
  console.log(givenUp === undefined ? '\nstopping …' : `\n${givenUp}; stopping …`);
  await platform.stop();
  console.log('stopped');
  return givenUp === undefined ? 0 : 1;
}

try {
  process.exit(await main());
} catch (error) {
  console.error(`\n${(error as Error).message}\n`);
  process.exit(1);
}
