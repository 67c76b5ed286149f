import { redocly } from './redocly.ts';

/** How many changes of each weight lie between two descriptions, and what the heaviest are. */
export type ContractDiff = {
  major: number;
  minor: number;
  versions: [string, string];
  breaks: string[];
};

type Report = {
  infoVersions: { base: string; revision: string };
  summary: { major: number; minor: number };
  changes: { path: string; impact: string; verdicts: { ruleId: string; message: string }[] }[];
};

/** Compares two descriptions, each a path from the repository's root or an absolute one. */
export async function diffContracts(
  base: string,
  revision: string,
  config: string,
): Promise<ContractDiff> {
  const { stdout, stderr } = await redocly(
    'diff',
    base,
    revision,
    '--config',
    config,
    '--format',
    'json',
  );
  // The exit code tells breaking changes from none, and not either from a file that cannot be read.
  if (!stdout.trimStart().startsWith('{')) throw new Error(`redocly diff: ${stderr || stdout}`);
  const report: Report = JSON.parse(stdout);
  const breaking = report.changes
    .filter(({ impact }) => impact === 'major')
    .map(({ path, verdicts }) => ({
      path,
      verdicts: verdicts.filter((verdict) => !isNewProblemCode(path, verdict.ruleId)),
    }));
  return {
    major: report.summary.major,
    minor: report.summary.minor,
    versions: [report.infoVersions.base, report.infoVersions.revision],
    breaks: breaking.flatMap(({ path, verdicts }) =>
      verdicts.map(({ ruleId, message }) => `${message} (${ruleId}, ${readable(path)})`),
    ),
  };
}

/** Callers are told to take a code that they do not know by its status: a new one breaks nobody. */
function isNewProblemCode(pointer: string, ruleId: string): boolean {
  return (
    ruleId === 'enum-values-added' &&
    /\/responses\/[45]\d\d\/content\/application~1problem\+json\/.*properties\/code$/.test(pointer)
  );
}

/** A JSON pointer as a person writes a path: `/shops/get/responses/200`. */
function readable(pointer: string): string {
  return pointer
    .replace(/^#\/paths\//, '')
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
}
