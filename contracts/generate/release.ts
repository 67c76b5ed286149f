/**
 * `npm run release:contracts`: keeps today's bundles as those that callers are generated from. From then on
 * `lint:contracts` refuses whatever breaks them within their major.
 */
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { CONTRACTS, ROOT, releasedBundle } from './contracts.ts';

for (const { name } of CONTRACTS) {
  const released = releasedBundle(name);
  await mkdir(path.dirname(released), { recursive: true });
  await copyFile(path.join(ROOT, 'generated', name, 'openapi.json'), released);
  console.log(`${name}: released`);
}
