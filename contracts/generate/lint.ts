/**
 * `npm run lint:contracts [-- --against REF]`: the contracts are sound, break nobody, and the tools that say so are
 * awake. Breaking changes are looked for against the last released bundles (contracts/released), which callers are
 * generated from, and against REF where one is given.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { bundle } from './bundle.ts';
import { canaryComplaints } from './canary.ts';
import { CONTRACTS, type Contract, REDOCLY_CONFIG, ROOT, releasedBundle } from './contracts.ts';
import { diffContracts } from './diff.ts';
import { redocly } from './redocly.ts';

const { values } = parseArgs({ options: { against: { type: 'string', multiple: true } } });
const complaints = [
  ...(await lintComplaints()),
  ...(await canaryComplaints(path.relative(ROOT, REDOCLY_CONFIG))),
  ...(await breakingComplaints(values.against ?? [])),
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
      found.push(...(await breaksSince('the last release', contract, bundled)));
      for (const ref of against) found.push(...(await breaksSince(ref, contract, bundled)));
    }
    return [...new Set(found)];
  } finally {
    await rm(temporary, { recursive: true });
  }
}

/** What would break a caller generated at `since`. Where this contract was not there, there is no such caller. */
async function breaksSince(since: string, { name }: Contract, bundled: string): Promise<string[]> {
  const committed =
    since === 'the last release'
      ? await readFile(releasedBundle(name), 'utf8').catch(() => null)
      : await git('show', `${since}:generated/${name}/openapi.json`);
  if (committed === null) {
    console.log(`${name}: not in ${since}, nothing to compare`);
    return [];
  }
  const base = `${bundled}.base.json`;
  await writeFile(base, committed);
  const { breaks, minor, versions } = await diffContracts(base, bundled, REDOCLY_CONFIG);
  const [before, after] = versions;
  if (minor > 0 && before === after) {
    console.log(
      `${name}: ${minor} additions since ${since}; raise the minor version with a release`,
    );
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
