import { type Call, type Command, helpOf, parseCommandLine, type Terminal } from './command.ts';
import { readConfig } from './config.ts';
import { CommandFailure, type ExitCode, UsageError } from './failure.ts';
import { plainLines } from './plain-text.ts';
import type { Settings } from './settings.ts';

/** A command line of operators': what it is called by, and what it can do. */
export interface Program<Ops> {
  /** `npm run NAME` */
  readonly name: string;
  readonly commands: readonly Command<Ops>[];
  readonly opsAt: (settings: Settings) => Ops;
}

/** Runs one command line to its end. A failure that a person can do something about is said in a line, without a stack. */
export async function runProgram<Ops>(
  program: Program<Ops>,
  args: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  try {
    return await runCommand(program, args, terminal);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof CommandFailure)) throw error;
    terminal.note(`${program.name}: ${error.message}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** As a process of its own: standard output and error, and the exit code. */
export async function runAsProcess<Ops>(program: Program<Ops>): Promise<void> {
  // `hosts list | head` closes the pipe early, which is no fault.
  process.stdout.on('error', () => process.exit());
  process.exitCode = await runProgram(program, process.argv.slice(2), {
    print: (line) => void process.stdout.write(`${plainLines(line)}\n`),
    note: (line) => void process.stderr.write(`${plainLines(line)}\n`),
  });
}

async function runCommand<Ops>(
  { name: program, commands, opsAt }: Program<Ops>,
  args: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  const [name] = args;
  if (name === undefined || isHelp(name)) {
    terminal.print(overview(program, commands));
    return name === undefined ? 2 : 0;
  }
  const command = findCommand(commands, args);
  if (command === undefined) {
    const group = commands.filter((candidate) => candidate.name.startsWith(`${name} `));
    const asked = group.length === 0 ? name : args.slice(0, 2).join(' ');
    if (group.length > 0 && isHelp(args[1])) {
      terminal.print(overview(program, group));
      return 0;
    }
    const names = (group.length === 0 ? commands : group).map((candidate) => candidate.name);
    throw new UsageError(`there is no command "${asked}"; there are ${names.join(', ')}`);
  }
  const rest = args.slice(wordsOf(command).length);
  const { subjects, values } = parseCommandLine(program, command, rest);
  if (values.help === true) {
    terminal.print(helpOf(program, command));
    return 0;
  }
  return command.run(callOf(subjects, values, terminal, opsAt));
}

function isHelp(word: string | undefined): boolean {
  return word === '--help' || word === '-h' || word === 'help';
}

function wordsOf({ name }: Pick<Command<never>, 'name'>): string[] {
  return name.split(' ');
}

/** The command whose name, of one word or two (`letters list`), the words begin with. */
function findCommand<Ops>(
  commands: readonly Command<Ops>[],
  args: readonly string[],
): Command<Ops> | undefined {
  return commands.find((candidate) =>
    wordsOf(candidate).every((word, index) => args[index] === word),
  );
}

function overview<Ops>(program: string, commands: readonly Command<Ops>[]): string {
  const lefts = commands.map(({ name, subject }) => `${name} ${subject ?? ''}`);
  const width = Math.max(18, ...lefts.map((left) => left.length + 2));
  const lines = commands.map(({ summary }, index) => `  ${lefts[index]?.padEnd(width)}${summary}`);
  return `npm run ${program} -- COMMAND [options]

${lines.join('\n')}

  npm run ${program} -- COMMAND --help says more.

A command that changes something shows what would change, and writes with --apply alone. Without --ops-url it speaks to
the local platform that \`npm start\` runs. Exit codes: 0 done, 1 refused or something is missing, 2 used wrongly.`;
}

function callOf<Ops>(
  subjects: readonly string[],
  values: Readonly<Record<string, string | boolean | undefined>>,
  terminal: Terminal,
  opsAt: (settings: Settings) => Ops,
): Call<Ops> {
  const text = (name: string) => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const settings = () =>
    readConfig({
      opsUrl: text('ops-url'),
      connect: text('connect'),
      tokenFile: text('token-file'),
    });
  return {
    subject: subjects[0] ?? '',
    subjects,
    text,
    isSet: (name) => values[name] === true,
    terminal,
    settings,
    ops: () => opsAt(settings()),
  };
}
