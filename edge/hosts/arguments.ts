import type { HostKind, HostMode } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { normaliseHost } from '../front-door/host.rules.ts';
import { UsageError } from '../operator-cli/failure.ts';
import type { Call, Option } from './command.ts';
import type { MappingEdit } from './proposal.rules.ts';

export const KINDS: readonly HostKind[] = ['canonical', 'alias', 'vanity'];
export const MODES: readonly HostMode[] = ['active', 'landing_only', 'redirect_only', 'expired'];

/** Takes an optional field away. */
const NONE = 'none';

export const EDIT_OPTIONS: Readonly<Record<string, Option>> = {
  shop: { value: 'SHOP', help: 'the shop that the host belongs to' },
  canonical: { value: 'HOST', help: 'where an alias or a vanity host redirects to' },
  kind: { value: 'KIND', help: KINDS.join(', ') },
  mode: { value: 'MODE', help: MODES.join(', ') },
  locales: { value: 'LIST', help: 'separated by spaces: "en-IE de-DE"' },
  'default-locale': { value: 'LOCALE', help: 'one of them; for a new host the first' },
  'expires-at': { value: 'TIME', help: `2027-01-31T23:00:00Z, or ${NONE}` },
  runtime: { value: 'ID', help: `the storefront deployment, or ${NONE}` },
  configuration: { value: 'ID', help: `the shop's configuration, or ${NONE}` },
};

/** The host in the one spelling that is mapped. Throws a UsageError for what is no host name. */
export function hostFrom(text: string): string {
  const host = normaliseHost(text);
  if (host === null) throw new UsageError(`"${text}" is not a host name`);
  return host;
}

/** What EDIT_OPTIONS say shall change. */
export function editFrom(call: Call): MappingEdit {
  const canonical = call.text('canonical');
  return {
    shopId: call.text('shop'),
    canonicalHost: canonical === undefined ? undefined : hostFrom(canonical),
    kind: oneOf(call, 'kind', KINDS),
    mode: oneOf(call, 'mode', MODES),
    locales: localesFrom(call.text('locales')),
    defaultLocale: call.text('default-locale'),
    expiresAt: orNone(call.text('expires-at')),
    runtimeId: orNone(call.text('runtime')),
    configurationId: orNone(call.text('configuration')),
  };
}

export function localesFrom(text: string | undefined): string[] | undefined {
  const locales = text?.split(/[\s,]+/).filter((locale) => locale !== '');
  return locales === undefined || locales.length === 0 ? undefined : locales;
}

/** Throws a UsageError that lists what there is. */
export function oneOf<Word extends string>(
  call: Call,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const given = call.text(name);
  if (given === undefined) return undefined;
  const word = words.find((candidate) => candidate === given);
  if (word === undefined) throw new UsageError(`--${name} is one of ${words.join(', ')}`);
  return word;
}

function orNone(text: string | undefined): string | null | undefined {
  return text === NONE ? null : text;
}
