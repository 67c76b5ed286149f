import { describe, expect, test } from 'vitest';
import { runProgram } from '../operator-cli/program.ts';
import { WEBHOOKS } from './program.ts';

const LETTER = 'dl_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e';

async function run(...args: readonly string[]) {
  const printed: string[] = [];
  const noted: string[] = [];
  const exitCode = await runProgram(WEBHOOKS, args, {
    print: (line) => void printed.push(line),
    note: (line) => void noted.push(line),
  });
  return { exitCode, printed: printed.join('\n'), noted: noted.join('\n') };
}

describe('used wrongly, it says so with exit code 2, and asks nobody:', () => {
  const why = ['--reason', 'Mended'];
  test.each<[string, readonly string[], RegExp]>([
    [
      'an unknown command',
      ['stock', 'list'],
      /there is no command "stock"; there are letters list/,
    ],
    [
      'half a command',
      ['letters'],
      /there is no command "letters"; there are letters list, letters show, letters replay, letters discard$/,
    ],
    [
      'an unknown half',
      ['objects', 'steal', 'aurora'],
      /there is no command "objects steal"; there are objects show, /,
    ],
    ['no letter', ['letters', 'show'], /it is: npm run webhooks -- letters show LETTER/],
    ['what is no letter', ['letters', 'show', 'evt_1'], /"evt_1" is no letter's id/],
    ['a state that is none', ['letters', 'list', '--state', 'shut'], /--state is one of open, /],
    [
      'a reason that is none',
      ['letters', 'list', '--letter-reason', 'toString'],
      /--letter-reason is one of unresolved_tenant, /,
    ],
    ['a source that is none', ['letters', 'list', '--source', 'post'], /webhook, job/],
    ['a shop that can be none', ['letters', 'list', '--shop', 'A B'], /"A B" is no shop's id/],
    ['a type that is none', ['events', 'list', '--type', 'Paid!'], /"Paid!" is no type/],
    ['a status that is none', ['events', 'list', '--status', 'open'], /received, applied/],
    ['what is no event', ['events', 'list', '--event', 'evt 1'], /"evt 1" is no event's id/],
    [
      'a limit that is none',
      ['acts', 'list', '--limit', '0'],
      /--limit is a whole number from 1 on/,
    ],
    ['a subject that is none', ['acts', 'list', '--subject', 'a b'], /"a b" is no id/],
    ['a replay without a reason', ['letters', 'replay', LETTER], /--reason .* is needed/],
    ['a replay of nothing', ['letters', 'replay', ...why], /Give one LETTER, or --all-of-filter/],
    [
      'a replay of one and of many',
      ['letters', 'replay', LETTER, '--all-of-filter', ...why],
      /Give one LETTER, or --all-of-filter/,
    ],
    [
      'a filter that would not count',
      ['letters', 'replay', LETTER, '--shop', 'aurora', ...why],
      /need --all-of-filter/,
    ],
    [
      'a place that is none',
      ['letters', 'replay', '--all-of-filter', '--after', 'evt_1', ...why],
      /"evt_1" is no letter's id/,
    ],
    ['a discard without a reason', ['letters', 'discard', LETTER], /--reason .* is needed/],
    ['an object without a shop', ['objects', 'show', 'sub_1'], /objects show SHOP STRIPE_ID/],
    ['what is no object', ['objects', 'show', 'aurora', 'Sub-1'], /"Sub-1" is no id of Stripe's/],
    ['an association without a reason', ['objects', 'associate', 'aurora', 'sub_1'], /is needed/],
    ['an approval without a reason', ['objects', 'approve', 'aurora', 'sub_1'], /is needed/],
    ['a backfill without a reason', ['objects', 'backfill', 'aurora'], /is needed/],
    [
      'a step that is too long',
      ['objects', 'backfill', 'aurora', '--step', '501', ...why],
      /--step is 500 at most/,
    ],
    [
      'a cursor that is none',
      ['objects', 'backfill', 'aurora', '--after', 'a b', ...why],
      /--after is what a step said/,
    ],
  ])('%s', async (_, args, message) => {
    const { exitCode, printed, noted } = await run(...args);
    expect(noted).toMatch(message);
    expect(printed).toBe('');
    expect(exitCode).toBe(2);
  });
});

test('--help names every command, and every command explains its options and shows how it is used', async () => {
  const all = await run('--help');
  expect(all.exitCode).toBe(0);
  for (const { name, options } of WEBHOOKS.commands) {
    expect(all.printed).toMatch(new RegExp(`^  ${name} `, 'm'));
    const one = await run(...name.split(' '), '--help');
    expect(one.exitCode).toBe(0);
    expect(one.printed.split(`npm run webhooks -- ${name}`).length).toBeGreaterThan(2);
    for (const option of [...Object.keys(options), 'ops-url', 'connect', 'token-file']) {
      expect(one.printed).toContain(`  --${option}`);
    }
  }
});

test('the help of half a command names what it can be the half of', async () => {
  const { exitCode, printed } = await run('letters', '--help');
  expect(exitCode).toBe(0);
  expect(printed).toMatch(/^ {2}letters discard LETTER /m);
  expect(printed).not.toMatch(/^ {2}objects /m);
});
