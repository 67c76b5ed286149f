/** A whole sale on Medusa, on Vendure and on us, by hand: see peers/README.md. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startCluster } from './cluster.ts';
import { installPeer, type PeerName, ROOT } from './peers/install.ts';
import { closeConnections } from './peers/keep-alive.ts';
import { prepareMedusa } from './peers/medusa.ts';
import { prepareOurs } from './peers/ours.ts';
import {
  casesOf,
  describeCase,
  describeRun,
  type Run,
  said,
  tableOf,
  type Who,
} from './peers/report.ts';
import { type OpenShop, runSale, type SaleFigures, type SalePlan, warmUp } from './peers/sale.ts';
import { prepareVendure } from './peers/vendure.ts';

const USAGE = `Usage: npm run bench -- peers [--json] [--quick] [--only medusa|vendure|ours] [--processes 1,2] [--seconds 60] [--at-a-time 64]

  --quick      a tenth of each sale: it shows that all of it runs, and measures little
  --seconds    how long the sale of 20,000 units goes on
  --at-a-time  buyers under way at once`;

const ALL: readonly Who[] = ['ours', 'medusa', 'vendure'];
const PEERS: Readonly<Record<PeerName, typeof prepareMedusa>> = {
  medusa: prepareMedusa,
  vendure: prepareVendure,
};
/** A sale of 200 units that has not come to its end by then is over. */
const LIMIT_SECONDS = 300;
const WARM_UP = { buyers: 24, atATime: 4 };

type Options = {
  readonly json: boolean;
  readonly who: readonly Who[];
  readonly processes: readonly number[];
  readonly sales: readonly (SalePlan & { readonly name: string })[];
};
type Opening = (processes: number) => Promise<OpenShop>;

/** @param machine what is said of the machine with `--json` */
export async function run(args: readonly string[], machine: object): Promise<void> {
  const options = readOptions(args);
  if (options === undefined) {
    console.log(USAGE);
    return;
  }
  const closing: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end().catch(() => {});
    closeConnections();
  };
  const interrupted = () => {
    // What is under way breaks off in the middle, and that is no news.
    process.on('uncaughtException', () => {});
    void close().finally(() => process.exit(130));
  };
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  try {
    const runs = await measure(options, closing);
    console.log(`\n${tableOf(runs)}\n`);
    const cases = casesOf(runs);
    for (const one of cases) console.log(describeCase(one));
    if (options.json) console.log(JSON.stringify({ bench: 'peers', cases, runs, machine }));
  } finally {
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
    await close();
  }
}

async function measure(options: Options, closing: (() => Promise<unknown>)[]): Promise<Run[]> {
  const tell = (line: string) => console.log(`${clock()} ${line}`);
  const openings = await prepareAll(options.who, closing, tell);
  const runs: Run[] = [];
  for (const processes of options.processes) {
    for (const who of inTurn(options.who)) {
      const opening = openings.get(who);
      if (opening === undefined) continue;
      try {
        tell(`${who}, ${said(processes)}: opening`);
        const shop = await opening(processes);
        closing.push(shop.close);
        await sellIn(shop, options.sales, (sale, figures, line) => {
          tell(`${who}, ${said(processes)}, ${sale.name}: ${line}`);
          if (figures === null) return;
          runs.push({ who, sale: sale.name, units: sale.units, processes, ...figures });
        });
      } catch (error) {
        leftOut(`${who}, ${said(processes)},`, error);
      }
      // The first is the server's, for all of them.
      while (closing.length > 1) await closing.pop()?.();
      closeConnections();
    }
  }
  return runs;
}

async function sellIn(
  shop: OpenShop,
  sales: Options['sales'],
  tell: (sale: Options['sales'][number], figures: SaleFigures | null, line: string) => void,
): Promise<void> {
  await warmUp(shop, WARM_UP.buyers, WARM_UP.atATime);
  for (const sale of sales) {
    const figures = await runSale(shop, sale, (line) => tell(sale, null, line));
    tell(sale, figures, describeRun(figures));
  }
}

/** What went wrong with one of them is no reason to throw the others' figures away. */
function leftOut(what: string, error: unknown): void {
  console.error(`${what} is left out: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

/** A peer that does not install or start is told of, and left out. */
async function prepareAll(
  who: readonly Who[],
  closing: (() => Promise<unknown>)[],
  tell: (line: string) => void,
): Promise<ReadonlyMap<Who, Opening>> {
  const cluster = await startCluster();
  closing.push(() => cluster.stop());
  const database = await cluster.createDatabase('ours');
  tell(`${cluster.version}, fsync on`);
  const openings = new Map<Who, Opening>();
  for (const name of who) {
    if (name === 'ours') {
      openings.set(name, await prepareOurs(join(ROOT, '.local/peers/ours'), database));
      continue;
    }
    try {
      const folder = await installPeer(name, tell);
      tell(`${name}: making and filling its tables`);
      openings.set(name, await PEERS[name](folder, database.adminUrl));
    } catch (error) {
      leftOut(name, error);
    }
  }
  return openings;
}

/** Ours before each peer, so that what disturbs the machine for a while disturbs both. */
function inTurn(who: readonly Who[]): Who[] {
  const peers = who.filter((name) => name !== 'ours');
  if (!who.includes('ours')) return peers;
  return peers.length === 0 ? ['ours'] : peers.flatMap((peer): Who[] => ['ours', peer]);
}

function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [...ALL] },
      processes: { type: 'string', default: '1,2' },
      seconds: { type: 'string' },
      'at-a-time': { type: 'string', default: '64' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const share = values.quick ? 0.1 : 1;
  const atATime = whole('--at-a-time', values['at-a-time'], 1_000);
  const seconds = whole('--seconds', values.seconds ?? (values.quick ? '10' : '60'), 3_600);
  const units = 200 * share;
  const buyers = 1_000 * share;
  return {
    json: values.json,
    who: ALL.filter((name) => values.only.includes(name)),
    processes: values.processes.split(',').map((text) => whole('--processes', text, 8)),
    sales: [
      {
        name: `${units} units, ${buyers.toLocaleString('en')} buyers`,
        units,
        buyers,
        atATime,
        seconds: LIMIT_SECONDS,
      },
      { name: `20,000 units for ${seconds} s`, units: 20_000, buyers: null, atATime, seconds },
    ],
  };
}

/** @throws naming the option, where it is no whole number from 1 to `max` */
function whole(option: string, text: string, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new Error(`${option} is "${text}"; it must be a whole number from 1 to ${max}`);
}

function clock(): string {
  return new Date().toISOString().slice(11, 19);
}
