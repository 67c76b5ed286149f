import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MAPPING_SETTLES_MS } from '../../front-door/mapping/host-directory.ts';
import { parseCommandLine } from '../../operator-cli/command.ts';
import { HOSTS } from '../program.ts';

const PAGES = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.md'));
const textOf = (page: string) => readFileSync(`${import.meta.dirname}/${page}`, 'utf8');

/** The words of every `npm run hosts` on a page, as a shell would split them. */
function commandsOf(text: string): string[][] {
  const lines = text.matchAll(/npm run hosts -- ([^`\n#]+)/g);
  return [...lines].map(([, line]) =>
    [...(line ?? '').matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? ''),
  );
}

describe.each([...PAGES, '../README.md'])('%s', (page) => {
  test('shows only commands that there are, with options that they take', () => {
    const commands = commandsOf(textOf(page)).filter(([name]) => name !== '--help');
    expect(commands.length).toBeGreaterThan(0);
    for (const [name, ...args] of commands) {
      const command = HOSTS.commands.find((candidate) => candidate.name === name);
      expect(command, name).toBeDefined();
      if (command !== undefined)
        expect(() => parseCommandLine('hosts', command, args)).not.toThrow();
    }
  });
});

test.each(PAGES)('%s says how long a mapping takes as the front door has it', (page) => {
  expect(textOf(page)).toMatch(new RegExp(`\\b${MAPPING_SETTLES_MS / 1000} seconds`));
});
