import type { Log } from './platform/log.ts';
import { errorFields } from './platform/log.ts';

const DRAIN_LIMIT_MS = 25_000;

/** Runs `drain` once on SIGTERM or SIGINT, and ends the process when it is done, or when it takes too long. */
export function onShutdown(log: Log, drain: () => Promise<void>): void {
  let draining = false;
  const stop = (signal: string): void => {
    if (draining) return;
    draining = true;
    log.info('draining', { signal });
    setTimeout(() => process.exit(1), DRAIN_LIMIT_MS).unref();
    drain().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error('drain failed', errorFields(error));
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** Starts a process, or says in one line why it cannot and ends it. */
export async function start(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    console.error(JSON.stringify({ msg: 'cannot start', ...errorFields(error) }));
    process.exit(1);
  }
}
