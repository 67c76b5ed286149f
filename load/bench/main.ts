/** `npm run bench -- NAME [--json] [--quick]`: see README.md for what each one compares. */
import { availableParallelism, cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import type { Prepare } from './bench.ts';
import { measure } from './measure.ts';

const BENCHES: Record<string, { summary: string; load: () => Promise<{ prepare: Prepare }> }> = {
  'front-door': {
    summary: 'the front door against a bare Hono proxy, each in a workerd of its own',
    load: () => import('./front-door.ts'),
  },
  signature: {
    summary: 'signing and verifying a gateway call, Ed25519 against HMAC-SHA256',
    load: () => import('./signature.ts'),
  },
};

const HELP = `Usage: npm run bench -- NAME [--json] [--quick]

${Object.entries(BENCHES)
  .map(([name, { summary }]) => `  ${name.padEnd(12)} ${summary}`)
  .join('\n')}

  --json   the last line is one JSON object
  --quick  a part of the cases and rounds, within 45 seconds`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [name, ...rest] = positionals;
const bench = name === undefined ? undefined : BENCHES[name];
if (values.help || name === undefined) console.log(HELP);
else if (bench === undefined || rest.length > 0) {
  console.error(`no benchmark ${JSON.stringify(positionals.join(' '))}\n\n${HELP}`);
  process.exitCode = 2;
} else {
  const { prepare } = await bench.load();
  await run(name, prepare, values);
}

async function run(
  name: string,
  prepare: Prepare,
  { json, quick }: { json: boolean; quick: boolean },
): Promise<void> {
  const prepared = await prepare({ quick });
  try {
    const cases = await measure(prepared, (line) => console.log(line));
    const { leftOut, notes = [] } = prepared;
    for (const left of leftOut) console.log(`left out: ${left}`);
    for (const note of notes) console.log(`note: ${note}`);
    if (json) {
      const machine = machineOf();
      console.log(JSON.stringify({ bench: name, quick, leftOut, notes, cases, machine }));
    }
  } finally {
    await prepared.close();
  }
}

function machineOf(): object {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
  };
}
