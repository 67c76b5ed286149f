import { commandLine, isAlive, parentOf } from './process-table.ts';

const WATCH_EVERY_MS = 500;

/**
 * Calls back once when the npm that runs this script is gone: ended by a signal, npm and the shell that it puts
 * between do not always pass that on. Does nothing where npm does not run it.
 */
export async function whenNpmIsGone(onGone: () => void): Promise<void> {
  if (process.env.npm_lifecycle_event === undefined) return;
  const watched = [process.ppid];
  // Either npm is our parent, or it is the parent of the shell that is.
  const parentIsNpm = (await commandLine(process.ppid))?.includes('npm') ?? false;
  const grandparent = parentIsNpm ? undefined : await parentOf(process.ppid);
  if (grandparent !== undefined && grandparent > 1) watched.push(grandparent);
  const timer = setInterval(() => {
    if (process.ppid === watched[0] && watched.every(isAlive)) return;
    clearInterval(timer);
    onGone();
  }, WATCH_EVERY_MS);
  timer.unref();
}
