/**
 * `npm run imports`: holds the rules of .dependency-cruiser.cjs over every workspace. It fails as well
 * where the cruiser read nothing: with a TypeScript that it does not know it finds files without a single
 * import, and calls that clean.
 */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ROOT } from './contracts.ts';

export const WORKSPACES = [
  'contracts',
  'generated',
  'node-service',
  'edge',
  'conformance',
  'load',
  'local',
] as const;

/** One import that a rule forbids. */
export type Violation = { rule: string; comment: string; from: string; to: string };
export type Imports = { modules: number; dependencies: number; violations: Violation[] };

type CruiseResult = {
  modules: { source: string; dependencies: unknown[] }[];
  summary: { violations: { rule: { name: string }; from: string; to: string }[] };
};

const require = createRequire(import.meta.url);
const config = path.join(ROOT, '.dependency-cruiser.cjs');
const cli = path.join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');

/** Cruises `folders` of the tree at `root` by the repository's rules. */
export async function readImports(root: string, folders: readonly string[]): Promise<Imports> {
  const args = [cli, '--config', config, '--output-type', 'json', ...folders];
  const { modules, summary }: CruiseResult = JSON.parse(await run(args, root));
  const own = modules.filter(({ source }) =>
    folders.some((folder) => source.startsWith(`${folder}/`)),
  );
  const comments = commentsOfRules();
  return {
    modules: own.length,
    dependencies: own.reduce((sum, { dependencies }) => sum + dependencies.length, 0),
    violations: summary.violations.map(({ rule, from, to }) => ({
      rule: rule.name,
      comment: comments.get(rule.name) ?? '',
      from,
      to,
    })),
  };
}

/** What is wrong, a line each; nothing is wrong where there is none. */
export function complaints({ modules, dependencies, violations }: Imports): string[] {
  if (modules === 0 || dependencies === 0) {
    return [
      `read ${modules} modules with ${dependencies} imports: the cruiser cannot read this code`,
    ];
  }
  return violations.map(
    ({ rule, comment, from, to }) => `${rule}: ${from} -> ${to}\n    ${comment}`,
  );
}

/** The cruiser's exit code counts violations, so that only silence is a failure of its own. */
function run(args: string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd, maxBuffer: 256 * 1024 * 1024 };
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (stdout.startsWith('{')) resolve(stdout);
      else reject(new Error(`dependency-cruiser: ${stderr || error?.message || stdout}`));
    });
  });
}

function commentsOfRules(): ReadonlyMap<string, string> {
  const { forbidden }: { forbidden: { name: string; comment: string }[] } = require(config);
  return new Map(forbidden.map(({ name, comment }) => [name, comment]));
}

if (import.meta.main) {
  const imports = await readImports(ROOT, WORKSPACES);
  const wrong = complaints(imports);
  for (const complaint of wrong) console.error(complaint);
  console.log(
    `${imports.modules} modules, ${imports.dependencies} imports, ${wrong.length} not allowed`,
  );
  process.exitCode = wrong.length === 0 ? 0 : 1;
}
