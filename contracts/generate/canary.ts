import path from 'node:path';
import { ROOT } from './contracts.ts';
import { diffContracts } from './diff.ts';
import { redocly } from './redocly.ts';

const FOLDER = 'contracts/generate/canary';
/** Each is seeded once in canary/broken.yaml. */
const SEEDED = [
  'path-removed',
  'required-properties-added',
  'enum-values-removed',
  'schema-type-changed',
];
/** What is wrong with canary/base.yaml to begin with. */
const POOR = ['security-defined', 'operation-4xx-response', 'info-license'];

/**
 * Whether the tools still see what they are for. Without `diff-recommended` in its configuration redocly
 * calls every break "0 major" and is content, and without rules it lints anything; so a pair known to be
 * broken has to be found broken, and a description known to be poor has to be refused. `config` is a path
 * from the repository's root.
 */
export async function canaryComplaints(config: string): Promise<string[]> {
  const base = path.join(FOLDER, 'base.yaml');
  const diff = await diffContracts(base, path.join(FOLDER, 'broken.yaml'), path.join(ROOT, config));
  const missed = SEEDED.filter((rule) => !diff.breaks.some((line) => line.includes(rule)));
  const lint = await redocly('lint', base, '--config', config, '--format', 'json');
  const unseen = POOR.filter((rule) => !lint.stdout.includes(`"${rule}"`));
  return [
    ...missed.map((rule) => `canary: the seeded break ${rule} was not found`),
    ...unseen.map((rule) => `canary: the fault ${rule} was not found`),
  ];
}
