/** `npm run load -- NAME …`: what may be asked for, and within which bounds. */
import { parseArgs } from 'node:util';

export const SCENARIOS = {
  'flash-sale': {
    summary: 'one hot SKU: N buyers come within seconds, through the whole journey',
    buyers: { standard: 500, max: 5_000, what: 'buyers, each with a cart of their own' },
    units: { standard: 200, what: 'units of the hot SKU' },
    seconds: { standard: 10, max: 600, what: 'seconds in which they all come' },
  },
  browse: {
    summary: 'many look: previews of stock, and whether a cart could be bought',
    buyers: { standard: 50, max: 1_000, what: 'visitors at a time' },
    units: { standard: 1_000, what: 'units of each variant' },
    seconds: { standard: 30, max: 3_600, what: 'seconds' },
  },
  'two-shops': {
    summary: 'normal trade at one shop, alone first, then with a sale at the other',
    buyers: { standard: 240, max: 5_000, what: 'buyers of the sale' },
    units: { standard: 150, what: 'units of the hot SKU' },
    seconds: { standard: 25, max: 600, what: 'seconds of each of the two phases' },
  },
  soak: {
    summary: 'ordinary trade at every shop, for long',
    buyers: { standard: 10, max: 200, what: 'buyers at a time' },
    units: { standard: 1_000_000, what: 'units of each variant' },
    seconds: { standard: 600, max: 14_400, what: 'seconds' },
  },
} as const;

export type ScenarioName = keyof typeof SCENARIOS;

const MAX_UNITS = 1_000_000;
const MAX_SEED = 2 ** 31 - 1;

export type LoadOptions = {
  readonly scenario: ScenarioName;
  readonly buyers: number;
  readonly units: number;
  readonly seconds: number;
  readonly seed: number;
  /** Folder for the report; undefined for a new one in reports/. */
  readonly out: string | undefined;
  /** Folder of a platform that runs already; undefined for one of our own. */
  readonly platform: string | undefined;
};

/** What the command line asks for. `wrong` is for a person, and a reason to end with 2. */
export type CommandLine =
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly detail: string }
  | { readonly kind: 'run'; readonly options: LoadOptions };

function row(name: string): string {
  const { summary, buyers, units, seconds } = SCENARIOS[name as ScenarioName];
  return `  ${name.padEnd(11)} ${summary}
              --buyers ${buyers.standard} (to ${buyers.max})  ${buyers.what}
              --units ${units.standard}  ${units.what}
              --duration ${seconds.standard} (to ${seconds.max})  ${seconds.what}`;
}

export const HELP = `npm run load -- NAME [--buyers N] [--units N] [--duration S] [--seed N] [--out DIR] [--platform DIR]

Plays buyers against the platform with k6, and then asks the service whether it oversold. It starts a platform of its
own, on free ports and in a temporary folder, unless --platform names the folder of one that runs (npm start: .local).

${Object.keys(SCENARIOS).map(row).join('\n')}

  --seed N        who does what, the same for the same number; a random one is chosen and printed
  --out DIR       where report.json and report.html are written; a new folder in reports/ unless it is given
  --platform DIR  a running platform instead of one of its own: its usual rate limits hold, and its stock is set
  --help          this text

k6 is taken from the PATH; where it is not, and Go is, it is installed once into .local/tools.
Exit code: 0 all is well, 1 a threshold was missed or the shop does not add up, 2 wrong arguments, 3 it could not be run.`;

/** @throws RangeError naming the option, the value and what it may be. */
function wholeNumber(name: string, text: string, from: number, to: number): number {
  const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= from && value <= to))
    throw new RangeError(
      `--${name} is ${JSON.stringify(text)}: a whole number of ${from} to ${to}`,
    );
  return value;
}

const OPTIONS = {
  buyers: { type: 'string' },
  units: { type: 'string' },
  duration: { type: 'string' },
  seed: { type: 'string' },
  out: { type: 'string' },
  platform: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** @param randomSeed used where none is given */
export function readCommandLine(args: readonly string[], randomSeed: number): CommandLine {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: OPTIONS,
      allowPositionals: true,
    });
    if (values.help) return { kind: 'help' };
    const [name, ...rest] = positionals;
    const names = Object.keys(SCENARIOS).join(', ');
    if (name === undefined) return { kind: 'wrong', detail: `which scenario? One of ${names}` };
    if (!Object.hasOwn(SCENARIOS, name) || rest.length > 0)
      return {
        kind: 'wrong',
        detail: `no scenario ${JSON.stringify(positionals.join(' '))}: one of ${names}`,
      };
    const scenario = name as ScenarioName;
    const { buyers, units, seconds } = SCENARIOS[scenario];
    const number = (
      option: 'buyers' | 'units' | 'duration',
      standard: number,
      max: number,
    ): number => wholeNumber(option, values[option] ?? String(standard), 1, max);
    const options: LoadOptions = {
      scenario,
      buyers: number('buyers', buyers.standard, buyers.max),
      units: number('units', units.standard, MAX_UNITS),
      seconds: number('duration', seconds.standard, seconds.max),
      seed: wholeNumber('seed', values.seed ?? String(randomSeed), 0, MAX_SEED),
      out: values.out,
      platform: values.platform,
    };
    return { kind: 'run', options };
  } catch (error) {
    return { kind: 'wrong', detail: (error as Error).message };
  }
}
