import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { UsageError } from '../../operator-cli/failure.ts';
import { numberFrom, reasonFrom } from '../../operator-cli/options.ts';
import { EDIT_OPTIONS, editFrom, hostFrom } from '../arguments.ts';
import { changeMapping } from '../change-mapping.ts';
import type { Command } from '../command.ts';
import type { Ops } from '../ops.ts';
import { type MappingEdit, propose } from '../proposal.rules.ts';

export const set: Command = {
  name: 'set',
  subject: 'HOST',
  summary:
    'Maps a host, or changes its mapping. Shows what would change; writes with --apply alone.',
  options: {
    ...EDIT_OPTIONS,
    reason: { value: 'TEXT', help: 'why, for the audit; always needed' },
    'if-version': { value: 'N', help: 'write only where the host is still at this version' },
    apply: { help: 'write' },
  },
  more: `
What is not given stays as it is. A new host needs --shop and --locales; it begins as canonical and landing_only,
with --canonical as an alias. An alias or a vanity host takes over the locales of its canonical host.

  npm run hosts -- set shop.example.net --shop SHOP --locales "en-IE de-DE" --reason "New shop"
  npm run hosts -- set shop.example.net --mode active --reason "It opens" --apply`,
  async run(call) {
    const host = hostFrom(call.subject);
    const reason = reasonFrom(call);
    const given = editFrom(call);
    const ops = call.ops();
    const current = await ops.get(host);
    const proposal = propose(host, current, await withCanonicalLocales(ops, current, given));
    if (!proposal.ok) {
      const options = proposal.missing.map((field) =>
        field === 'shopId' ? '--shop' : '--locales',
      );
      throw new UsageError(`${host} is not mapped yet: it needs ${options.join(' and ')}`);
    }
    const seen = numberFrom(call, 'if-version', 1) ?? current?.version ?? null;
    const change = { host, current, seen, settings: proposal.settings, reason };
    const apply = call.isSet('apply');
    await changeMapping({ ...change, apply }, { ops, terminal: call.terminal });
    return 0;
  },
};

/** A redirect shows no page of its own: what its canonical host speaks is what it speaks. */
export async function withCanonicalLocales(
  ops: Ops,
  current: HostMapping | null,
  edit: MappingEdit,
): Promise<MappingEdit> {
  if (current !== null || edit.locales !== undefined || edit.canonicalHost === undefined) {
    return edit;
  }
  const canonical = await ops.get(edit.canonicalHost);
  if (canonical === null) return edit;
  const { locales, defaultLocale } = canonical;
  return { ...edit, locales, defaultLocale: edit.defaultLocale ?? defaultLocale };
}
