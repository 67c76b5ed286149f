import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { MappingSettings } from '../proposal.rules.ts';

/** A row that changes something. */
export interface RowChange {
  readonly line: number;
  readonly host: string;
  readonly current: HostMapping | null;
  readonly settings: MappingSettings;
  readonly reason: string;
}

/**
 * The order in which every write finds what it needs: canonical hosts, then what redirects to them, and last the hosts
 * that stop being canonical, once nothing of this file redirects to them any more. Otherwise as in the file.
 */
export function writeOrder<Change extends RowChange>(changes: readonly Change[]): Change[] {
  return changes.toSorted((one, other) => rank(one) - rank(other));
}

function rank({ current, settings }: RowChange): number {
  if (settings.kind === 'canonical') return 0;
  return current?.kind === 'canonical' ? 2 : 1;
}

/**
 * How a row is checked before anything is written. A redirect to a host that an earlier row of this file changes
 * cannot be checked as it is: that row is not written yet. What the file itself says about the two is looked at here,
 * and the rest is checked as if the host were canonical.
 *
 * @param changes all of the file, by host
 * @returns what to send as a dry run, or what is wrong
 */
export function checkable(
  { host, settings }: RowChange,
  changes: ReadonlyMap<string, RowChange>,
): { readonly settings: MappingSettings } | { readonly problem: string } {
  const canonical = settings.kind === 'canonical' ? undefined : changes.get(settings.canonicalHost);
  if (canonical === undefined || settings.canonicalHost === host) return { settings };
  const { kind, shopId } = canonical.settings;
  if (kind !== 'canonical') {
    return { problem: `${canonical.host} (line ${canonical.line}) redirects itself` };
  }
  if (shopId !== settings.shopId) {
    return { problem: `${canonical.host} (line ${canonical.line}) is of the shop ${shopId}` };
  }
  if (settings.kind === 'vanity' && !/^(redirect_only|expired)$/.test(settings.mode)) {
    return {
      problem: `a vanity host is redirect_only or expired, and ${host} is ${settings.mode}`,
    };
  }
  const mode = settings.mode === 'redirect_only' ? 'landing_only' : settings.mode;
  return { settings: { ...settings, kind: 'canonical', canonicalHost: host, mode } };
}
