import { parseArgs } from 'node:util';
import { type ExitCode, UsageError } from './failure.ts';
import type { Ops } from './ops.ts';
import type { Settings } from './settings.ts';

export interface Option {
  /** What stands for the value in the help; absent for a switch. */
  readonly value?: string;
  readonly help: string;
}

export interface Terminal {
  /** A result: standard output. */
  print(line: string): void;
  /** What is going on, and what went wrong: standard error. */
  note(line: string): void;
}

export interface Call {
  /** The host or the file; '' for a command that takes none. */
  readonly subject: string;
  /** A text option's value, absent where it was not given. */
  text(name: string): string | undefined;
  isSet(name: string): boolean;
  readonly terminal: Terminal;
  /** Asks for settings and a token only when the control plane is needed. */
  settings(): Settings;
  ops(): Ops;
}

export interface Command {
  readonly name: string;
  /** `HOST`, `FILE.csv`, or null for a command about nothing in particular. */
  readonly subject: string | null;
  readonly summary: string;
  /** Said by `--help` below the options. */
  readonly more?: string;
  readonly options: Readonly<Record<string, Option>>;
  run(call: Call): Promise<ExitCode>;
}

/** What every command takes. */
export const SHARED_OPTIONS: Readonly<Record<string, Option>> = {
  'ops-url': {
    value: 'URL',
    help: 'the control host, else OPS_URL, else the local platform: https://ops.example.com',
  },
  connect: { value: 'HOST:PORT', help: 'connect there; the name goes into the Host header' },
  'token-file': { value: 'FILE', help: "an operator's token, else OPERATOR_TOKEN" },
  help: { help: 'this text' },
};

export interface Parsed {
  readonly subject: string;
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
}

/** Throws a UsageError for an unknown option, one without its value, or a subject too few or too many. */
export function parseCommandLine(command: Command, args: readonly string[]): Parsed {
  const described = { ...command.options, ...SHARED_OPTIONS };
  const options = Object.fromEntries(
    Object.entries(described).map(([name, { value }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  const { values, positionals } = parsed(() =>
    parseArgs({ args: [...args], options, allowPositionals: true }),
  );
  if (values.help === true) return { subject: '', values };
  const wanted = command.subject === null ? 0 : 1;
  if (positionals.length !== wanted) {
    throw new UsageError(`it is: npm run hosts -- ${usageOf(command)}`);
  }
  return { subject: positionals[0] ?? '', values };
}

function parsed<Result>(parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    // Node's own words, without its advice about positional arguments.
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(message.split('. ')[0] ?? message);
  }
}

export function usageOf({ name, subject, options }: Command): string {
  const words = Object.entries(options).map(
    ([option, { value }]) => `[--${option}${value === undefined ? '' : ` ${value}`}]`,
  );
  return [name, ...(subject === null ? [] : [subject]), ...words].join(' ');
}

export function helpOf(command: Command): string {
  const { name, subject, summary, more, options } = command;
  return [
    `npm run hosts -- ${name}${subject === null ? '' : ` ${subject}`} [options]`,
    '',
    summary,
    '',
    ...optionLines(options),
    '',
    'Everywhere:',
    ...optionLines(SHARED_OPTIONS),
    ...(more === undefined ? [] : ['', more.trim()]),
  ].join('\n');
}

function optionLines(options: Readonly<Record<string, Option>>): string[] {
  const rows = Object.entries(options).map(([name, { value, help }]) => ({
    left: `--${name}${value === undefined ? '' : ` ${value}`}`,
    help,
  }));
  const width = Math.max(...rows.map(({ left }) => left.length));
  return rows.map(({ left, help }) => `  ${left.padEnd(width)}  ${help}`);
}
