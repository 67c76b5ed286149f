import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { complaints, readImports, WORKSPACES } from './imports.ts';

/** A small repository in which every rule is broken once, and every exception used once. */
const SEEDED: Record<string, string> = {
  'package.json': '{ "name": "seeded", "type": "module" }',
  'tsconfig.json':
    '{ "compilerOptions": { "module": "NodeNext", "allowImportingTsExtensions": true } }',
  'contracts/vocabulary/clock.ts': "import 'node:fs';\nexport type Time = number;\n",
  'contracts/borrows.ts': "import '../local/start.ts';\n",
  'generated/made.ts': "import '../contracts/vocabulary/clock.ts';\n",
  'local/start.ts': 'export const start = 1;\n',
  'edge/worker.ts': "import '../node-service/src/orders/index.ts';\n",
  'edge/worker.test.ts':
    "import '../local/start.ts';\nimport '../node-service/src/orders/place.ts';\n",
  'edge/pay.ts': "import type S from 'stripe';\nexport type T = S;\n",
  'edge/node_modules/stripe/package.json': '{ "name": "stripe", "types": "index.d.ts" }',
  'edge/node_modules/stripe/index.d.ts': 'export default interface Stripe {}\n',
  'node-service/src/main.ts': "import './orders/place.ts';\nimport './testing/world.ts';\n",
  'node-service/src/testing/world.ts':
    "import '../../../local/start.ts';\nimport '../orders/place.ts';\n",
  'node-service/src/orders/index.ts': "export { place } from './place.ts';\n",
  'node-service/src/orders/place.ts': "import '../stock/take.ts';\nexport const place = 1;\n",
  'node-service/src/stock/index.ts': "import '../platform/db.ts';\nimport '../orders/index.ts';\n",
  'node-service/src/stock/take.ts': 'export const take = 1;\n',
  'node-service/src/stock/take.rules.ts':
    "import type { Time } from '../../../contracts/vocabulary/clock.ts';\nimport '../platform/db.ts';\nexport type T = Time;\n",
  'node-service/src/platform/db.ts': "import '../stock/other.ts';\n",
  'node-service/src/platform/one.ts':
    "import { two } from './two.ts';\nexport const one = () => two;\n",
  'node-service/src/platform/two.ts':
    "import { one } from './one.ts';\nexport const two = () => one;\n",
};

const FOUND = [
  'contracts-stand-alone: contracts/borrows.ts -> local/start.ts',
  'declared-dependencies: edge/pay.ts -> edge/node_modules/stripe/index.d.ts',
  'features-have-one-door: node-service/src/orders/place.ts -> node-service/src/stock/take.ts',
  'generated-stands-alone: generated/made.ts -> contracts/vocabulary/clock.ts',
  'no-cycles: node-service/src/platform/one.ts -> node-service/src/platform/two.ts',
  'no-stripe-at-the-edge: edge/pay.ts -> edge/node_modules/stripe/index.d.ts',
  'resolvable: node-service/src/platform/db.ts -> ../stock/other.ts',
  'rules-are-pure: node-service/src/stock/take.rules.ts -> node-service/src/platform/db.ts',
  'testing-is-for-tests: node-service/src/main.ts -> node-service/src/testing/world.ts',
  'tests-may-use-local-alone: edge/worker.test.ts -> node-service/src/orders/place.ts',
  'vocabulary-runs-everywhere: contracts/vocabulary/clock.ts -> fs',
  'workspaces-meet-in-contracts: edge/worker.ts -> node-service/src/orders/index.ts',
];

let root: string;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'imports-'));
  for (const [file, text] of Object.entries(SEEDED)) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await writeFile(path.join(root, file), text);
  }
  for (const workspace of WORKSPACES) await mkdir(path.join(root, workspace), { recursive: true });
});

afterAll(() => rm(root, { recursive: true }));

test('finds every import that is not allowed, and no other', async () => {
  const imports = await readImports(root, WORKSPACES);
  const found = imports.violations.map(({ rule, from, to }) => `${rule}: ${from} -> ${to}`);
  expect(found.sort()).toEqual(FOUND);
  expect(complaints(imports)).toHaveLength(FOUND.length);
});

test('a run that read nothing is a failure, not a clean bill', async () => {
  const imports = await readImports(root, ['conformance']);
  expect(imports.modules).toBe(0);
  expect(complaints(imports)).toEqual([expect.stringContaining('cannot read this code')]);
});
