import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { CommandFailure, OpsRefusal } from '../operator-cli/failure.ts';
import { plainText } from '../operator-cli/plain-text.ts';
import type { Terminal } from './command.ts';
import { difference, differenceLines } from './difference.rules.ts';
import { everywhereBy } from './mapping-text.ts';
import type { Ops } from './ops.ts';
import type { MappingSettings } from './proposal.rules.ts';

export interface MappingChange {
  readonly host: string;
  /** What the operator sees; null where the host is not mapped. */
  readonly current: HostMapping | null;
  /** The version that must still be there; null for a host that must not be mapped. */
  readonly seen: number | null;
  readonly settings: MappingSettings;
  readonly reason: string;
  readonly apply: boolean;
}

/**
 * Asks the control plane for the mapping as it would be, shows the difference, and writes it where `apply` says so.
 * @returns the mapping that was written, or null where nothing was
 */
export async function changeMapping(
  change: MappingChange,
  { ops, terminal }: { ops: Ops; terminal: Terminal },
): Promise<HostMapping | null> {
  const { host, current, seen, settings, reason, apply } = change;
  if (seen === (current?.version ?? null) && difference(current, settings).length === 0) {
    terminal.print(`${host} is so already (version ${current?.version}): nothing to write.`);
    return null;
  }
  const body = { ...settings, reason };
  const wouldBe = await sawAll(ops, host, seen, () => ops.put(host, body, { seen, dryRun: true }));
  terminal.print(current === null ? `${host} (new)` : `${host} (version ${current.version})`);
  for (const line of differenceLines(difference(current, wouldBe))) terminal.print(line);
  if (!apply) {
    terminal.print('Dry run: everything was checked, nothing was written.');
    terminal.print(
      seen === null
        ? 'To write it, the same again with --apply.'
        : `To write it, the same again with --apply --if-version ${seen}`,
    );
    return null;
  }
  const written = await sawAll(ops, host, seen, () => ops.put(host, body, { seen, dryRun: false }));
  terminal.print(
    `Written as version ${written.version}. It holds everywhere ${everywhereBy(written)}.`,
  );
  return written;
}

/** Runs a write that names the version it replaces; where another came between, the failure says what changed. */
export async function sawAll<Result>(
  ops: Ops,
  host: string,
  seen: number | null,
  write: () => Promise<Result>,
): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof OpsRefusal) || error.status !== 412) throw error;
    throw new CommandFailure(await changedSince(ops, host, seen));
  }
}

async function changedSince(ops: Ops, host: string, seen: number | null): Promise<string> {
  const lines = [
    seen === null
      ? `${host} was not mapped when you looked, and is now:`
      : `${host} is not at version ${seen} any more:`,
  ];
  for await (const change of ops.history(host)) {
    if (change.version <= (seen ?? 0)) break;
    const { version, changedAt, changedBy, reason, before, after } = change;
    lines.push(
      `  version ${version}, ${changedAt} by ${plainText(changedBy)}: ${plainText(reason)}`,
    );
    lines.push(...differenceLines(difference(before, after)).map((line) => `  ${line}`));
  }
  lines.push(
    'Nothing was written. Look at it, and decide anew:',
    `  npm run hosts -- show ${host}`,
  );
  return lines.join('\n');
}
