/**
 * A named step at which a test ends the process as `kill -9` would, to prove that the steps before it lose nothing.
 * Without `KILL_AT`, which the local environment alone accepts, reaching one does nothing.
 */
export type KillPoints = (step: string) => void;

export function killPoints(killAt: string | undefined): KillPoints {
  if (killAt === undefined) return () => {};
  return (step) => {
    if (step === killAt) process.kill(process.pid, 'SIGKILL');
  };
}
