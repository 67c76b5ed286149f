import { parseArgs } from 'node:util';
import { type ExitCode, UsageError } from './failure.ts';
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

export interface Call<Ops> {
  /** The host, the shop or the file; '' for a command that takes none. */
  readonly subject: string;
  /** All that the command is about, in their order; what may be left out and is, is not there. */
  readonly subjects: readonly string[];
  /** A text option's value, absent where it was not given. */
  text(name: string): string | undefined;
  isSet(name: string): boolean;
  readonly terminal: Terminal;
  /** Asks for settings and a token only when the control plane is needed. */
  settings(): Settings;
  ops(): Ops;
}

export interface Command<Ops> {
  /** One word, or two: `list`, `letters list`. */
  readonly name: string;
  /** `HOST`, `SHOP FILE.csv`, `SHOP [VARIANT]`, or null for a command about nothing in particular. */
  readonly subject: string | null;
  readonly summary: string;
  /** Said by `--help` below the options. */
  readonly more?: string;
  readonly options: Readonly<Record<string, Option>>;
  run(call: Call<Ops>): Promise<ExitCode>;
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
  readonly subjects: readonly string[];
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
}

/** A number below zero is a subject (`adjust SHOP VARIANT -5`), and no option. */
const NEGATIVE = /^-(?=\d)/;
const STAND_IN = '\u2212';

/**
 * @param program what it is called by: `hosts`
 * @throws UsageError for an unknown option, one without its value, or a subject too few or too many
 */
export function parseCommandLine(
  program: string,
  command: Command<never>,
  args: readonly string[],
): Parsed {
  const described = { ...command.options, ...SHARED_OPTIONS };
  const options = Object.fromEntries(
    Object.entries(described).map(([name, { value }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: args.map((arg) => arg.replace(NEGATIVE, STAND_IN)),
      options,
      allowPositionals: true,
    }),
  );
  if (values.help === true) return { subjects: [], values };
  const words = command.subject?.split(' ') ?? [];
  const needed = words.filter((word) => !word.startsWith('['));
  if (positionals.length < needed.length || positionals.length > words.length) {
    throw new UsageError(`it is: npm run ${program} -- ${usageOf(command)}`);
  }
  return { subjects: positionals.map((one) => one.replace(STAND_IN, '-')), values };
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

function usageOf({ name, subject, options }: Command<never>): string {
  const words = Object.entries(options).map(
    ([option, { value }]) => `[--${option}${value === undefined ? '' : ` ${value}`}]`,
  );
  return [name, ...(subject === null ? [] : [subject]), ...words].join(' ');
}

export function helpOf(program: string, command: Command<never>): string {
  const { name, subject, summary, more, options } = command;
  return [
    `npm run ${program} -- ${name}${subject === null ? '' : ` ${subject}`} [options]`,
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
