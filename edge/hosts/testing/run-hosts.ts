import {
  type ControlPlane,
  type Ran,
  runProgramAt,
} from '../../operator-cli/testing/run-program.ts';

export type { ControlPlane, Ran };

/** Runs the program as an operator does, in a process of its own, against a front door on this machine. */
export function runHosts(at: ControlPlane, ...args: readonly string[]): Promise<Ran> {
  return runProgramAt('hosts', at, ...args);
}
