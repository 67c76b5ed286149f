import { describe, expect, test } from 'vitest';
import { runProgram } from '../operator-cli/program.ts';
import { STOCK } from './program.ts';

async function run(...args: readonly string[]) {
  const printed: string[] = [];
  const noted: string[] = [];
  const exitCode = await runProgram(STOCK, args, {
    print: (line) => void printed.push(line),
    note: (line) => void noted.push(line),
  });
  return { exitCode, printed: printed.join('\n'), noted: noted.join('\n') };
}

describe('used wrongly, it says so with exit code 2, and asks nobody:', () => {
  const why = ['--reason', 'Counted'];
  test.each<[string, readonly string[], RegExp]>([
    ['an unknown command', ['sell', 'aurora'], /there is no command "sell"; there are list, show/],
    ['no shop', ['list'], /it is: npm run stock -- list SHOP/],
    ['a shop that can be none', ['list', 'Aurora Goods'], /"Aurora Goods" is no shop's id/],
    ['no variant', ['show', 'aurora'], /it is: npm run stock -- show SHOP VARIANT/],
    ['what is no variant', ['show', 'aurora', 'v1:Tee'], /"v1:Tee" is no variant/],
    ['by nothing', ['adjust', 'aurora', 'mug', '0', ...why], /none of \+5, -5/],
    ['by a fraction', ['adjust', 'aurora', 'mug', '-1.5', ...why], /"-1.5" is none of/],
    ['no reason', ['adjust', 'aurora', 'mug', '-5'], /--reason .* is needed/],
    [
      'a restock that takes away',
      ['adjust', 'aurora', 'mug', '-5', '--kind', 'restock', ...why],
      /a restock adds units/,
    ],
    ['a short key', ['adjust', 'aurora', 'mug', '+5', '--key', 'k', ...why], /--key is 22 to 255/],
    ['less than nothing', ['set', 'aurora', 'mug', '-1', ...why], /"-1" is no whole number/],
    [
      'a file that is not there',
      ['import', 'aurora', '/no.csv', ...why],
      /\/no\.csv cannot be read/,
    ],
    ['a limit that is none', ['history', 'aurora', '--limit', '0'], /--limit is a whole number/],
    [
      'one too many',
      ['history', 'aurora', 'mug', 'tee'],
      /npm run stock -- history SHOP \[VARIANT\]/,
    ],
  ])('%s', async (_, args, message) => {
    const { exitCode, printed, noted } = await run(...args);
    expect(noted).toMatch(message);
    expect(printed).toBe('');
    expect(exitCode).toBe(2);
  });
});

test('--help names every command, and every command explains its options', async () => {
  const all = await run('--help');
  expect(all.exitCode).toBe(0);
  for (const { name, options } of STOCK.commands) {
    expect(all.printed).toMatch(new RegExp(`^  ${name} `, 'm'));
    const one = await run(name, '--help');
    expect(one.exitCode).toBe(0);
    for (const option of [...Object.keys(options), 'ops-url', 'connect', 'token-file']) {
      expect(one.printed).toContain(`  --${option}`);
    }
  }
});
