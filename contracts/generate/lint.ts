/**
 * `npm run lint:contracts [-- --against REF]`: the contracts are sound, break nobody, and the tools that
 * say so are awake. Breaking changes are looked for against what callers may have been generated from: REF,
 * or else HEAD (what is not committed yet), its parent (what was committed last) and the last release.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { bundle } from './bundle.ts';
import { canaryComplaints } from './canary.ts';
import { CONTRACTS, type Contract, REDOCLY_CONFIG, ROOT } from './contracts.ts';
import { diffContracts } from './diff.ts';
import { redocly } from './redocly.ts';

const { values } = parseArgs({ options: { against: { type: 'string', multiple: true } } });
const release = await git('describe', '--tags', '--abbrev=0', '--match', 'v*');
const refs = values.against ?? ['HEAD', 'HEAD~1', ...(release === null ? [] : [release.trim()])];

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
    for (const contract of CONTRACTS) {
      // Bundles are compared, not sources: redocly diff does not see through YAML aliases.
      const bundled = path.join(temporary, `${contract.name}.json`);
      await bundle(contract.source, bundled);
      for (const ref of against) found.push(...(await breaksSince(ref, contract, bundled)));
    }
    return [...new Set(found)];
  } finally {
    await rm(temporary, { recursive: true });
  }
}

/** What would break a caller generated at `ref`. A ref without this contract has no such caller. */
async function breaksSince(ref: string, { name }: Contract, bundled: string): Promise<string[]> {
  const committed = await git('show', `${ref}:generated/${name}/openapi.json`);
  if (committed === null) {
    console.log(`${name}: not in ${ref}, nothing to compare`);
    return [];
  }
  const base = `${bundled}.base.json`;
  await writeFile(base, committed);
  const { breaks, minor, versions } = await diffContracts(base, bundled, REDOCLY_CONFIG);
  const [before, after] = versions;
  if (minor > 0 && before === after) {
    console.log(`${name}: ${minor} additions since ${ref}; raise the minor version with a release`);
  }
  return breaks.map((line) => `${name}: breaks callers of ${before}: ${line}`);
}

/** What git prints, or null where it has nothing of that name. */
async function git(...args: string[]): Promise<string | null> {
  try {
    const options = { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 };
    const { stdout } = await promisify(execFile)('git', args, options);
    return stdout;
  } catch {
    return null;
  }
}
