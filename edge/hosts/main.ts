/** `npm run hosts -- COMMAND …`: which host is whose, for operators. `--help` says what there is. */
import { plainLines } from './plain-text.ts';
import { runProgram } from './program.ts';

// `hosts list | head` closes the pipe early, which is no fault.
process.stdout.on('error', () => process.exit());

process.exitCode = await runProgram(process.argv.slice(2), {
  print: (line) => void process.stdout.write(`${plainLines(line)}\n`),
  note: (line) => void process.stderr.write(`${plainLines(line)}\n`),
});
