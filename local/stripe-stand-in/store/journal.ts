import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { CollectionName } from './records.ts';

/** One record as it now is; null: it is gone. */
export type JournalEntry = readonly [collection: CollectionName, id: string, value: unknown];

export interface Journal {
  /** Makes one commit durable against a killed process. A line is a commit: it is there whole or not at all. */
  append(entries: readonly JournalEntry[]): void;
  close(): void;
}

export interface OpenedJournal {
  journal: Journal;
  /** Every commit of former runs, oldest first. */
  commits: JournalEntry[][];
  /** Replaces the file by one that holds just these records; call it before the first append. */
  compact(records: Iterable<JournalEntry>): void;
}

const FORMAT = { journal: 'stripe-stand-in', format: 1 };

/**
 * Opens `journal.jsonl` in `dataDir`, creating both where missing. A last line without its line
 * feed is what a killed process leaves: it was never acknowledged, so it is cut off.
 *
 * Throws where another line does not parse, or where the file has another format.
 */
export function openJournal(dataDir: string): OpenedJournal {
  mkdirSync(dataDir, { recursive: true });
  const path = join(dataDir, 'journal.jsonl');
  if (!existsSync(path)) writeFileSync(path, `${JSON.stringify(FORMAT)}\n`);
  const bytes = readFileSync(path);
  const wholeBytes = bytes.lastIndexOf(0x0a) + 1;
  const lines = bytes.subarray(0, wholeBytes).toString('utf8').split('\n').slice(0, -1);
  const commits = readLines(path, lines);

  let descriptor = openSync(path, 'a');
  if (wholeBytes < bytes.length) ftruncateSync(descriptor, wholeBytes);
  const write = (text: string): void => {
    const data = Buffer.from(text);
    for (let offset = 0; offset < data.length; ) offset += writeSync(descriptor, data, offset);
  };
  return {
    commits,
    journal: {
      append: (entries) => write(`${JSON.stringify(entries)}\n`),
      close: () => closeSync(descriptor),
    },
    compact(records) {
      const temporaryPath = `${path}.new`;
      closeSync(descriptor);
      descriptor = openSync(temporaryPath, 'w');
      write(`${JSON.stringify(FORMAT)}\n`);
      for (const record of records) write(`${JSON.stringify([record])}\n`);
      renameSync(temporaryPath, path);
    },
  };
}

function readLines(path: string, lines: readonly string[]): JournalEntry[][] {
  const commits: JournalEntry[][] = [];
  lines.forEach((line, index) => {
    let parsed: unknown;
    try {
      parsed = JSON.parse(line);
    } catch (cause) {
      throw new Error(`${path}, line ${index + 1}: not JSON`, { cause });
    }
    if (index === 0) {
      if (line !== JSON.stringify(FORMAT)) {
        throw new Error(`${path} has another format than ${JSON.stringify(FORMAT)}: delete it`);
      }
      return;
    }
    // The journal is written by this file alone, so a line that parses has the shape it was written in.
    commits.push(parsed as JournalEntry[]);
  });
  return commits;
}
