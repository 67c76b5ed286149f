/** `npm run bench -- NAME [--json] [--quick]`: see README.md for what each one compares. */
import { parseArgs } from 'node:util';
import { thisMachine } from '../machine.ts';
import type { Prepare } from './bench.ts';
import { measure, named } from './measure.ts';

type Bench = {
  summary: string;
  /** Whether it has a backlog, whose size may be asked for. */
  hasBacklog?: true;
  load: () => Promise<{ prepare: Prepare }>;
};

const BENCHES: Record<string, Bench> = {
  checkout: {
    summary: 'whole orders, paid and confirmed: ours, and a transaction for each step',
    load: () => import('./checkout.ts'),
  },
  'front-door': {
    summary: 'the front door against a bare Hono proxy, each in a workerd of its own',
    load: () => import('./front-door.ts'),
  },
  holds: {
    summary: 'holds on stock: ours, a transaction or a statement for each, or none at all',
    load: () => import('./holds.ts'),
  },
  signature: {
    summary: 'signing and verifying a gateway call, Ed25519 against HMAC-SHA256',
    load: () => import('./signature.ts'),
  },
  webhooks: {
    summary:
      'events made durable, against a bare endpoint that inserts one row; and a backlog drained',
    hasBacklog: true,
    load: () => import('./webhooks.ts'),
  },
};

const HELP = `Usage: npm run bench -- NAME [--json] [--quick] [--only TEXT] [--events N]

${Object.entries(BENCHES)
  .map(([name, { summary }]) => `  ${name.padEnd(12)} ${summary}`)
  .join('\n')}
  peers        a whole sale on Medusa, on Vendure and on us, by hand; options of its own: peers --help

  --json   the last line is one JSON object
  --quick  a part of the cases and rounds, within 45 seconds
  --only   those of the cases whose name contains the text
  --events of webhooks: a backlog of so many events, 1,000 to 1,000,000, over a hundredth as many shops`;

const isPeers = process.argv[2] === 'peers';
const { values, positionals } = parseArgs({
  args: isPeers ? ['peers'] : process.argv.slice(2),
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    events: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const [name, ...rest] = positionals;
const bench = name === undefined ? undefined : BENCHES[name];
if (values.help || name === undefined) console.log(HELP);
else if (isPeers) {
  const { run: runPeers } = await import('./peers.ts');
  await runPeers(process.argv.slice(3), thisMachine());
} else if (bench === undefined || rest.length > 0) {
  console.error(`no benchmark ${JSON.stringify(positionals.join(' '))}\n\n${HELP}`);
  process.exitCode = 2;
} else if (values.events !== undefined && (!bench.hasBacklog || !isBacklog(values.events))) {
  console.error(`--events ${values.events} is nothing that ${name} takes\n\n${HELP}`);
  process.exitCode = 2;
} else {
  const { prepare } = await bench.load();
  await run(name, prepare, values);
}

function isBacklog(events: string): boolean {
  return /^\d{4,7}$/.test(events) && Number(events) >= 1_000 && Number(events) <= 1_000_000;
}

async function run(
  name: string,
  prepare: Prepare,
  {
    json,
    quick,
    only,
    events,
  }: { json: boolean; quick: boolean; only: string; events?: string | undefined },
): Promise<void> {
  const prepared = await prepare({
    quick,
    ...(events === undefined ? {} : { events: Number(events) }),
  });
  try {
    const chosen = { ...prepared, cases: named(prepared.cases, only) };
    if (chosen.cases.length === 0) throw new Error(`no case of ${name} is named so: ${only}`);
    const cases = await measure(chosen, (line) => console.log(line));
    const { notes = [] } = prepared;
    const leftOut = [
      ...prepared.leftOut,
      ...(only === '' ? [] : [`every case that is not named ${JSON.stringify(only)}`]),
    ];
    for (const left of leftOut) console.log(`left out: ${left}`);
    for (const note of notes) console.log(`note: ${note}`);
    if (json) {
      const machine = thisMachine();
      console.log(JSON.stringify({ bench: name, quick, leftOut, notes, cases, machine }));
    }
  } finally {
    await prepared.close();
  }
}
