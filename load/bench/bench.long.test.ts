/** The benchmarks run, and say what they found in the form that is promised. What they found is not tested. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

type Found = {
  readonly bench: string;
  readonly quick: boolean;
  readonly leftOut: readonly string[];
  readonly cases: readonly {
    readonly name: string;
    readonly aim: number | null;
    readonly met: boolean | null;
    readonly ours: number;
    readonly reference: number | null;
    readonly ratio: number | null;
    readonly rounds: { readonly ours: readonly number[]; readonly reference: readonly number[] };
  }[];
  readonly machine: { readonly cores: number };
};

/** The last line of `npm run bench -- NAME --quick --json`. */
async function found(name: string): Promise<Found> {
  const program = fileURLToPath(new URL('main.ts', import.meta.url));
  const child = spawn(process.execPath, [program, name, '--quick', '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(await exited, `${stdout}\n${stderr}`).toBe(0);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Found;
}

describe.each([
  { name: 'holds', level: /^use case, 1 SKU, 64 callers: holds\/s, to a transaction each$/ },
  { name: 'checkout', level: /^node service, 64 buyers: orders\/s/ },
  {
    name: 'webhooks',
    level: /^64 callers: events acknowledged, to a bare endpoint that inserts one row$/,
  },
])('npm run bench -- $name --quick --json', ({ name, level }) => {
  test('measures each case, of both sides where there are two, and says what it left out', async () => {
    const { bench, quick, leftOut, cases, machine } = await found(name);
    expect([bench, quick]).toEqual([name, true]);
    expect(leftOut.length).toBeGreaterThan(0);
    expect(machine.cores).toBeGreaterThan(0);
    expect(cases.map((one) => one.name)).toContainEqual(expect.stringMatching(level));
    for (const one of cases) {
      const { aim, met, ours, reference, ratio, rounds } = one;
      expect(met === null, one.name).toBe(aim === null);
      const figures = [ours, ...rounds.ours, ...rounds.reference];
      expect(figures.every(Number.isFinite), JSON.stringify(one)).toBe(true);
      if (reference === null) expect([ratio, rounds.reference]).toEqual([null, []]);
      else {
        expect(rounds.reference.length).toBe(rounds.ours.length);
        expect([reference, ratio].every(Number.isFinite), JSON.stringify(one)).toBe(true);
      }
    }
  });
});
