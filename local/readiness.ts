import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from './child-process.ts';

const POLL_MS = 50;
const ANSWER_TIMEOUT_MS = 2_000;

/** Resolves when the URL answers 200; gives up silently once the child has ended. */
export async function answers(url: string, child: Child): Promise<void> {
  while (child.exit() === undefined) {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const response = await fetch(url, { signal }).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.status === 200) return;
    await sleep(POLL_MS);
  }
  await new Promise(() => {});
}

/** Resolves when a JSON line with this `msg` has been logged after `offset`; gives up silently once the child has ended. */
export async function hasLogged(
  message: string,
  logFile: string,
  offset: number,
  child: Child,
): Promise<void> {
  const wanted = `"msg":"${message}"`;
  while (child.exit() === undefined) {
    if ((await textFrom(logFile, offset)).includes(wanted)) return;
    await sleep(POLL_MS);
  }
  await new Promise(() => {});
}

async function textFrom(file: string, offset: number): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.max(0, size - offset));
    await handle.read(buffer, 0, buffer.length, offset);
    return buffer.toString('utf8');
  } finally {
    await handle.close();
  }
}
