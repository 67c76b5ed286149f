import { describe, expect, test } from 'vitest';
import { runProgram } from '../operator-cli/program.ts';
import { HOSTS } from './program.ts';

async function run(...args: readonly string[]) {
  const printed: string[] = [];
  const noted: string[] = [];
  const exitCode = await runProgram(HOSTS, args, {
    print: (line) => void printed.push(line),
    note: (line) => void noted.push(line),
  });
  return { exitCode, printed: printed.join('\n'), noted: noted.join('\n') };
}

describe('used wrongly, it says so with exit code 2:', () => {
  const set = ['set', 'a.localhost'];
  test.each<[string, readonly string[], RegExp]>([
    ['an unknown command', ['sett'], /there is no command "sett"; there are list, show/],
    ['an unknown option', ['list', '--shops', 'x'], /--shops/],
    ['an option without its value', ['list', '--shop'], /--shop/],
    ['no host', ['show'], /it is: npm run hosts -- show HOST/],
    ['two hosts', ['show', 'a.localhost', 'b.localhost'], /it is: npm run hosts -- show HOST/],
    ['a host for a command that takes none', ['list', 'a.localhost'], /npm run hosts -- list/],
    ['what is no host', ['show', 'a b'], /"a b" is not a host name/],
    ['no reason', [...set, '--mode', 'active'], /--reason .* is needed/],
    [
      'a mode that there is not',
      [...set, '--mode', 'open', '--reason', 'Why'],
      /active, landing_only/,
    ],
    ['a kind that there is not', ['list', '--kind', 'main'], /canonical, alias, vanity/],
    [
      'a number that is none',
      ['history', 'a.localhost', '--limit', '1e3'],
      /--limit is a whole number/,
    ],
    ['a file that is not there', ['import', '/nowhere.csv'], /nowhere\.csv cannot be read: ENOENT/],
    [
      'a token file that is not there',
      ['list', '--ops-url=http://ops.localhost', '--token-file=/no'],
      /\/no cannot be read/,
    ],
  ])('%s', async (_, args, message) => {
    const { exitCode, printed, noted } = await run(...args);
    expect(noted).toMatch(message);
    expect(printed).toBe('');
    expect(exitCode).toBe(2);
  });

  test('and nothing at all shows what there is', async () => {
    const { exitCode, printed } = await run();
    expect(exitCode).toBe(2);
    expect(printed).toContain('npm run hosts -- COMMAND');
  });
});

test('--help names every command, and every command explains its options', async () => {
  const all = await run('--help');
  expect(all.exitCode).toBe(0);
  for (const { name, options } of HOSTS.commands) {
    expect(all.printed).toMatch(new RegExp(`^  ${name} `, 'm'));
    const one = await run(name, '--help');
    expect(one.exitCode).toBe(0);
    for (const option of [...Object.keys(options), 'ops-url', 'connect', 'token-file']) {
      expect(one.printed).toContain(`  --${option}`);
    }
  }
});
