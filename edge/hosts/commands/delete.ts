import { CommandFailure } from '../../operator-cli/failure.ts';
import { numberFrom, reasonFrom } from '../../operator-cli/options.ts';
import { hostFrom } from '../arguments.ts';
import { sawAll } from '../change-mapping.ts';
import type { Command } from '../command.ts';
import { difference, differenceLines } from '../difference.rules.ts';
import { EVERYWHERE_AFTER } from '../mapping-text.ts';

export const deleteHost: Command = {
  name: 'delete',
  subject: 'HOST',
  summary: 'Takes a host away from its shop. Shows what would go; deletes with --apply alone.',
  options: {
    reason: { value: 'TEXT', help: 'why, for the audit; always needed' },
    'if-version': { value: 'N', help: 'delete only where the host is still at this version' },
    apply: { help: 'delete' },
  },
  more: `
A host that others redirect to cannot be deleted: delete those first. The history stays.

  npm run hosts -- delete spring.example --reason "The campaign is over" --apply`,
  async run(call) {
    const host = hostFrom(call.subject);
    const reason = reasonFrom(call);
    const ops = call.ops();
    const current = await ops.get(host);
    if (current === null) throw new CommandFailure(`${host} is not mapped`);
    const seen = numberFrom(call, 'if-version', 1) ?? current.version;
    const remove = (dryRun: boolean) =>
      sawAll(ops, host, seen, () => ops.remove(host, reason, { seen, dryRun }));
    await remove(true);
    call.terminal.print(`${host} (version ${current.version}) would be unknown`);
    for (const line of differenceLines(difference(current, null))) call.terminal.print(line);
    if (!call.isSet('apply')) {
      call.terminal.print('Dry run: nothing was deleted.');
      call.terminal.print(`To delete it, the same again with --apply --if-version ${seen}`);
      return 0;
    }
    await remove(false);
    call.terminal.print(`Deleted. It is unknown everywhere ${EVERYWHERE_AFTER}.`);
    return 0;
  },
};
