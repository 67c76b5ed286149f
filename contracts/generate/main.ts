/**
 * `npm run generate` writes generated/ from the contracts.
 * `npm run generate -- --check` writes nothing and fails where generated/ is not what it would write.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CONTRACTS, type Contract, GENERATED } from './contracts.ts';
import { generate } from './generate.ts';
import { compareTrees, type Difference, syncTree } from './tree.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
process.exitCode = await run(values.check);

async function run(check: boolean): Promise<number> {
  const temporary = await mkdtemp(path.join(tmpdir(), 'generate-'));
  try {
    let different = 0;
    for (const contract of CONTRACTS) {
      const made = path.join(temporary, contract.name);
      await generate(contract, made);
      const committed = path.join(GENERATED, contract.name);
      const differences = check
        ? await compareTrees(committed, made)
        : await syncTree(committed, made);
      different += differences.length;
      report(contract, differences, check);
    }
    if (!check || different === 0) return 0;
    console.error(`generated/ is out of date in ${different} files: run \`npm run generate\``);
    return 1;
  } finally {
    await rm(temporary, { recursive: true });
  }
}

function report({ name }: Contract, differences: Difference[], check: boolean): void {
  const verb = check ? 'differ' : 'written';
  console.log(
    `${name}: ${differences.length === 0 ? 'up to date' : `${differences.length} files ${verb}`}`,
  );
  for (const difference of differences) {
    console.log(`  ${difference.kind} generated/${name}/${difference.file}`);
    if (!check || difference.kind !== 'changed') continue;
    for (const line of difference.lines) console.log(`      ${line}`);
  }
}
