/**
 * `npm run lint:contracts [-- --against REF]`: the contracts are sound, break nobody, and the tools that
 * say so are awake. Breaking changes are looked for against what was committed: at REF, or else at HEAD
 * (what is not committed yet) and at its parent (what was committed last).
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { canaryComplaints } from './canary.ts';
import { CONTRACTS, type Contract, REDOCLY_CONFIG, ROOT } from './contracts.ts';
import { diffContracts } from './diff.ts';
import { redocly } from './redocly.ts';

const { values } = parseArgs({ options: { against: { type: 'string', multiple: true } } });
const refs = values.against ?? ['HEAD', 'HEAD~1'];

const complaints = [
  ...(await lintComplaints()),
  ...(await canaryComplaints(path.relative(ROOT, REDOCLY_CONFIG))),
  ...(await breakingComplaints(refs)),
];
for (const complaint of complaints) console.error(complaint);
console.log(`contracts: ${complaints.length === 0 ? 'sound' : `${complaints.length} complaints`}`);
process.exitCode = complaints.length === 0 ? 0 : 1;

async function lintComplaints(): Promise<string[]> {
  const sources = CONTRACTS.map(({ source }) => source);
  const { exitCode, stdout, stderr } = await redocly(
    'lint',
    ...sources,
    '--config',
    REDOCLY_CONFIG,
  );
  return exitCode === 0 ? [] : [`${stdout}${stderr}`];
}

async function breakingComplaints(against: string[]): Promise<string[]> {
  const temporary = await mkdtemp(path.join(tmpdir(), 'contracts-'));
  try {
    const found: string[] = [];
    for (const ref of against) {
      for (const contract of CONTRACTS)
        found.push(...(await breaksSince(ref, contract, temporary)));
    }
    return [...new Set(found)];
  } finally {
    await rm(temporary, { recursive: true });
  }
}

/** What would break a caller generated at `ref`. A ref without this contract has no such caller. */
async function breaksSince(ref: string, contract: Contract, temporary: string): Promise<string[]> {
  const committed = await show(`${ref}:generated/${contract.name}/openapi.json`);
  if (committed === null) {
    console.log(`${contract.name}: not in ${ref}, nothing to compare`);
    return [];
  }
  const base = path.join(temporary, `${contract.name}.json`);
  await writeFile(base, committed);
  const { breaks, minor, versions } = await diffContracts(base, contract.source, REDOCLY_CONFIG);
  const [before, after] = versions;
  if (minor > 0 && before === after) {
    console.log(
      `${contract.name}: ${minor} additions since ${ref}; raise the minor version with a release`,
    );
  }
  return breaks.map((line) => `${contract.name}: breaks callers of ${before}: ${line}`);
}

async function show(object: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('git', ['show', object], {
      cwd: ROOT,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch {
    return null;
  }
}
