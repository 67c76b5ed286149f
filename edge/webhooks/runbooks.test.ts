import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CommandFailure } from '../operator-cli/failure.ts';
import { runProgram } from '../operator-cli/program.ts';
import { WEBHOOKS } from './program.ts';

const RUNBOOKS = new URL('../../node-service/runbooks/', import.meta.url);
const PAGES = [
  ...readdirSync(RUNBOOKS).map((page) => new URL(page, RUNBOOKS)),
  new URL('README.md', import.meta.url),
];
const STAND_INS: Readonly<Record<string, string>> = {
  LETTER: 'dl_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e',
  SHOP: 'aurora',
  STRIPE_ID: 'sub_1QaBcDeFgHiJkLmN',
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'runbooks-'));
  writeFileSync(join(folder, 'token'), 'a-token');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The words of every `npm run webhooks` on a page, as a shell would split them. */
function commandsOf(text: string): string[][] {
  const lines = text.matchAll(/npm run webhooks -- ([^`\n#]+)/g);
  return [...lines].map(([, line]) =>
    [...(line ?? '').matchAll(/"([^"]*)"|(\S+)/g)]
      .map(([, quoted, bare]) => quoted ?? bare ?? '')
      .map((word) => STAND_INS[word] ?? word),
  );
}

/** As far as the control plane, which is not asked: all that the command line says has been read by then. */
async function goesAsFarAsAsking(args: readonly string[]): Promise<string> {
  const noted: string[] = [];
  const opsAt = () => {
    throw new CommandFailure('it would ask now');
  };
  const to = ['--ops-url', 'https://ops.example.com', '--token-file', join(folder, 'token')];
  await runProgram({ ...WEBHOOKS, opsAt }, [...args, ...to], {
    print: (line) => void noted.push(line),
    note: (line) => void noted.push(line),
  });
  return noted.join('\n');
}

describe.each(PAGES.map((page) => [page.pathname.split('/').slice(-2).join('/'), page] as const))(
  '%s',
  (_, page) => {
    test('shows only commands that there are, with options and values that they take', async () => {
      const commands = commandsOf(readFileSync(page, 'utf8'));
      expect(commands.length).toBeGreaterThan(0);
      for (const args of commands)
        expect(await goesAsFarAsAsking(args), args.join(' ')).toBe('webhooks: it would ask now');
    });
  },
);
