import { stat } from 'node:fs/promises';
import {
  type Child,
  type ChildSpec,
  describeExit,
  lastLines,
  startChild,
} from './child-process.ts';
import type { Running } from './service.ts';

export type NodeProgram = ChildSpec & {
  name: string;
  /** Resolves when the program does its work; abandoned when it ends first. `logOffset`: where its log begins. */
  ready(child: Child, logOffset: number): Promise<void>;
};

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 4_000;

/** Starts a Node program and waits until it is ready; for `ServiceSpec.launch`. */
export async function launchProgram(
  program: NodeProgram,
  onStarted: (running: Running) => void,
): Promise<void> {
  const { name, logFile } = program;
  const logOffset = (await stat(logFile).catch(() => undefined))?.size ?? 0;
  const child = await startChild(program);
  onStarted(child);

  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<'late'>((done) => {
    timer = setTimeout(() => done('late'), READY_TIMEOUT_MS);
  });
  const outcome = await Promise.race([program.ready(child, logOffset), child.exited, tooLong]);
  clearTimeout(timer);
  if (outcome === undefined) return;
  if (outcome === 'late') await child.stop(STOP_TIMEOUT_MS);
  const what =
    outcome === 'late'
      ? `was not ready within ${READY_TIMEOUT_MS / 1000} s`
      : `ended while it started (${describeExit(outcome)})`;
  throw new Error(`${name} ${what}; the last lines of ${logFile}:\n${await lastLines(logFile)}`);
}
