/** The order of a deployment and its refusals, before a program that stands in for wrangler and notes what it is told. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SIZE_LIMITS } from './bundle-sizes.ts';
import { type Deployment, deployEdge, dryRun } from './deploy-edge.ts';
import { configFile, WORKERS } from './workers.ts';

/** Each call of the stand-in starts a process. */
vi.setConfig({ testTimeout: 120_000 });

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** Notes its arguments, fails at those it is told to, and puts `size` bytes into --outdir. */
const STAND_IN = `
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
const [folder, ...args] = process.argv.slice(2);
appendFileSync(folder + '/calls', args.join(' ') + '\\n');
const { failAt, size } = JSON.parse(readFileSync(folder + '/behaviour.json', 'utf8'));
const outdir = args[args.indexOf('--outdir') + 1];
if (args.includes('--outdir')) {
  mkdirSync(outdir, { recursive: true });
  writeFileSync(outdir + '/worker.js', 'x'.repeat(size));
}
if (args.join(' ').replace(/ --outdir \\S+/, '') === failAt) {
  console.log('[custom build] Build failed: cart.ts:7');
  process.exit(3);
}
`;

let root: string;
let printed: string;
let deployment: Deployment;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'deploy-edge-test-'));
  for (const worker of WORKERS) {
    const file = configFile(worker);
    await mkdir(dirname(join(root, file)), { recursive: true });
    await cp(join(REPOSITORY, file), join(root, file));
    const text = await readFile(join(root, file), 'utf8');
    await writeFile(join(root, file), filledIn(text));
  }
  await writeFile(join(root, 'wrangler.mjs'), STAND_IN);
  await behave({});
  printed = '';
  deployment = {
    root,
    environment: 'staging',
    wrangler: { command: process.execPath, args: [join(root, 'wrangler.mjs'), root] },
    print: (text) => {
      printed += `${text}\n`;
    },
  };
});
afterEach(() => rm(root, { recursive: true }));

function filledIn(text: string): string {
  return text
    .replaceAll(/"[0-]{8,}"/g, '"5f1c0de0-1111-4222-8333-944455556666"')
    .replaceAll(/pk_(test|live)_replace/g, 'pk_$1_51abc')
    .replaceAll(/example\.(com|net|org)/g, 'shops-$1.test');
}

function behave({ failAt, size = 1_000 }: { failAt?: string | undefined; size?: number }) {
  return writeFile(join(root, 'behaviour.json'), JSON.stringify({ failAt, size }));
}

/** What wrangler was told, but for the folder that a dry run writes into. */
async function calls(): Promise<string[]> {
  const text = await readFile(join(root, 'calls'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => line.replace(/ --outdir \S+/, ''));
}

const REAL = [
  'd1 migrations apply HOSTS_DB --remote --config edge/front-door/wrangler.jsonc --env staging',
  'deploy --config edge/gateway/wrangler.jsonc --env staging',
  'deploy --config edge/storefront/wrangler.jsonc --env staging',
  'deploy --config edge/front-door/wrangler.jsonc --env staging',
];
const DRY = REAL.slice(1).map((line) => `${line} --dry-run`);

describe('a deployment', () => {
  test('builds everything, then migrates, then deploys the front door last', async () => {
    await deployEdge(deployment);
    expect(await calls()).toEqual([...DRY, ...REAL]);
    expect(printed).toContain('1/4 staging: migrations of HOSTS_DB');
    expect(printed).toContain('4/4 staging: front-door');
    expect(printed).toContain('staging is deployed');
  });

  test('stops where the migrations fail, with the old Workers still there', async () => {
    await behave({ failAt: REAL[0] });
    await expect(deployEdge(deployment)).rejects.toThrow(
      'Stopped: migrations of HOSTS_DB failed (exit code 3).\n  done:     nothing\n  not done: migrations of HOSTS_DB, gateway, storefront, front-door',
    );
    expect(await calls()).toEqual([...DRY, ...REAL.slice(0, 1)]);
  });

  test('stops at the first Worker that fails, and says what was done by then', async () => {
    await behave({ failAt: REAL[2] });
    await expect(deployEdge(deployment)).rejects.toThrow(
      'Stopped: storefront failed (exit code 3).\n  done:     migrations of HOSTS_DB, gateway\n  not done: storefront, front-door',
    );
    expect(await calls()).toEqual([...DRY, ...REAL.slice(0, 3)]);
  });

  test('changes nothing where a Worker does not build', async () => {
    await behave({ failAt: DRY[2] });
    await expect(deployEdge(deployment)).rejects.toThrow(
      /^front-door does not build \(exit code 3\):\nBuild failed: cart\.ts:7$/,
    );
    expect(await calls()).toEqual(DRY);
  });

  test('changes nothing where a Worker weighs too much', async () => {
    await behave({ size: SIZE_LIMITS['front-door'].raw + 1 });
    await expect(deployEdge(deployment)).rejects.toThrow('Too large: front-door.');
    expect(await calls()).toEqual(DRY);
    expect(printed).toContain('over its limit');
  });

  test.each(['edge/gateway', 'edge/storefront', 'edge/front-door'])(
    'starts nothing while %s holds a placeholder',
    async (folder) => {
      const file = `${folder}/wrangler.jsonc`;
      await cp(join(REPOSITORY, file), join(root, file));
      const refused = deployEdge(deployment);
      await expect(refused).rejects.toThrow('Nothing has been changed');
      await expect(refused).rejects.toThrow(`${file}: env.staging.`);
      expect(await calls()).toEqual([]);
    },
  );
});

test('a dry run builds what it is told for, says the sizes and changes nothing', async () => {
  await dryRun({ ...deployment, environment: 'production' });
  expect(await calls()).toEqual(DRY.map((line) => line.replace('staging', 'production')));
  for (const worker of WORKERS) expect(printed).toMatch(new RegExp(`${worker} +1\\.0`));
});
