import { describe, expect, test } from 'vitest';
import { HELP, readCommandLine, SCENARIOS } from './arguments.ts';

const read = (line: string) => readCommandLine(line === '' ? [] : line.split(' '), 42);

describe('the command line', () => {
  test('needs a scenario alone: the rest has a standard, and the seed is the one it was given', () => {
    expect(read('flash-sale')).toEqual({
      kind: 'run',
      options: {
        scenario: 'flash-sale',
        buyers: 500,
        units: 200,
        seconds: 10,
        seed: 42,
        out: undefined,
        platform: undefined,
      },
    });
  });

  test('says all of it', () => {
    const line =
      'two-shops --buyers 10 --units 5 --duration 7 --seed 0 --out /tmp/r --platform .local';
    expect(read(line)).toEqual({
      kind: 'run',
      options: {
        scenario: 'two-shops',
        buyers: 10,
        units: 5,
        seconds: 7,
        seed: 0,
        out: '/tmp/r',
        platform: '.local',
      },
    });
  });

  test('asks for help', () => {
    expect(read('--help')).toEqual({ kind: 'help' });
    expect(read('soak -h')).toEqual({ kind: 'help' });
    for (const name of Object.keys(SCENARIOS)) expect(HELP).toContain(name);
  });

  test.each([
    ['', /which scenario/],
    ['rush-hour', /no scenario "rush-hour"/],
    ['toString', /no scenario "toString"/],
    ['soak browse', /no scenario "soak browse"/],
    ['flash-sale --buyers 0', /--buyers is "0": a whole number of 1 to 5000/],
    ['flash-sale --buyers 5001', /1 to 5000/],
    ['flash-sale --buyers 1e3', /--buyers is "1e3"/],
    ['flash-sale --buyers 1.5', /--buyers/],
    ['flash-sale --units 1000001', /--units is "1000001"/],
    ['flash-sale --duration 601', /--duration is "601": a whole number of 1 to 600/],
    ['soak --duration 14401', /1 to 14400/],
    ['browse --buyers 1001', /1 to 1000/],
    ['flash-sale --seed -1', /seed/],
    ['flash-sale --buyer 5', /buyer/],
    ['flash-sale --units', /units/],
  ])('refuses "%s" and says why', (line, why) => {
    const command = read(line);
    expect(command.kind).toBe('wrong');
    expect('detail' in command && command.detail).toMatch(why);
  });
});
