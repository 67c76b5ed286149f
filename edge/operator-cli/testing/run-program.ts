import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** `hosts`, `stock`: the folders of the programs. */
const mainOf = (program: string) =>
  fileURLToPath(new URL(`../../${program}/main.ts`, import.meta.url));

export interface Ran {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ControlPlane {
  /** Of the front door, on 127.0.0.1. */
  readonly port: number;
  readonly operatorToken: string;
  /** More of the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the program as an operator does, in a process of its own, against a front door on this machine. */
export function runProgramAt(
  program: string,
  at: ControlPlane,
  ...args: readonly string[]
): Promise<Ran> {
  const connection = [
    `--ops-url=http://ops.localhost:${at.port}`,
    `--connect=127.0.0.1:${at.port}`,
  ];
  const child = spawn(process.execPath, [mainOf(program), ...args, ...connection], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      OPERATOR_TOKEN: at.operatorToken,
      ...at.env,
    },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}
