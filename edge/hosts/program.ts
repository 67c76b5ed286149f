import { type Call, type Command, helpOf, parseCommandLine, type Terminal } from './command.ts';
import { deleteHost } from './commands/delete.ts';
import { history } from './commands/history.ts';
import { importFile } from './commands/import.ts';
import { list } from './commands/list.ts';
import { onboard } from './commands/onboard.ts';
import { set } from './commands/set.ts';
import { show } from './commands/show.ts';
import { readConfig } from './config.ts';
import { CommandFailure, type ExitCode, UsageError } from './failure.ts';
import { opsAt } from './ops.ts';

export const COMMANDS: readonly Command[] = [
  list,
  show,
  set,
  deleteHost,
  importFile,
  history,
  onboard,
];

const HELP = `npm run hosts -- COMMAND [options]

${COMMANDS.map(({ name, subject, summary }) => `  ${`${name} ${subject ?? ''}`.padEnd(18)}${summary}`).join('\n')}

  npm run hosts -- COMMAND --help says more.

A command that changes something shows what would change, and writes with --apply alone. Without --ops-url it speaks to
the local platform that \`npm start\` runs. Exit codes: 0 done, 1 refused or something is missing, 2 used wrongly.`;

/** Runs one command line to its end. A failure that a person can do something about is said in a line, without a stack. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    return await runCommand(args, terminal);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof CommandFailure)) throw error;
    terminal.note(`hosts: ${error.message}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function runCommand(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    terminal.print(HELP);
    return name === undefined ? 2 : 0;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) {
    const names = COMMANDS.map((candidate) => candidate.name).join(', ');
    throw new UsageError(`there is no command "${name}"; there are ${names}`);
  }
  const { subject, values } = parseCommandLine(command, rest);
  if (values.help === true) {
    terminal.print(helpOf(command));
    return 0;
  }
  return command.run(callOf(subject, values, terminal));
}

function callOf(
  subject: string,
  values: Readonly<Record<string, string | boolean | undefined>>,
  terminal: Terminal,
): Call {
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
    subject,
    text,
    isSet: (name) => values[name] === true,
    terminal,
    settings,
    ops: () => opsAt(settings()),
  };
}
