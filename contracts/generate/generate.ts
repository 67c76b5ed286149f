import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { bundle } from './bundle.ts';
import { writeClient } from './client.ts';
import type { Contract } from './contracts.ts';
import { writeOperations } from './operations.ts';
import { writeRequestBodies } from './request-bodies.ts';

/** Writes everything that follows from one contract into an empty folder. */
export async function generate(contract: Contract, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  const bundlePath = path.join(target, 'openapi.json');
  const document = await bundle(contract.source, bundlePath);
  await writeClient(bundlePath, path.join(target, 'client'));
  await writeRequestBodies(document, target);
  await writeOperations(document, target);
}
