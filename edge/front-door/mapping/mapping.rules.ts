import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { normaliseHost } from '../host.rules.ts';

/** What an operator decides about a host; version, time and author are added by the write. */
export type MappingSettings = Omit<HostMapping, 'version' | 'updatedAt' | 'updatedBy'>;

export interface MappingRefusal {
  /** `host_invalid`: the mapping itself cannot be. `mapping_conflict`: other mappings would break by it. */
  readonly code: 'host_invalid' | 'mapping_conflict';
  /** For the operator: what is wrong, with the value, and what to do where that is not plain. */
  readonly detail: string;
}

/** What the database holds around the host that is written. */
export interface MappingSurroundings {
  /** The mapping of `canonicalHost`, where that is another host. */
  readonly canonical: HostMapping | null;
  /** Mappings of other hosts whose canonical host is this host; a few will do. */
  readonly dependants: readonly HostMapping[];
}

/** Names that no public DNS ever leads to us (RFC 6761, 6762, 7686, 9476). `localhost` is the local platform's. */
const RESERVED_ENDINGS = ['alt', 'arpa', 'internal', 'invalid', 'local', 'onion'];

/** Well-formed as language tags, and the first segment of a path that is no page's. */
const RESERVED_LOCALES = ['api', 'cms'];

/**
 * Refuses what could not be served, whatever else is mapped.
 * @param reservedHosts the platform's own: the webhook host and the control host
 */
export function refuseSettings(
  settings: MappingSettings,
  { reservedHosts, now }: { readonly reservedHosts: readonly string[]; readonly now: Date },
): MappingRefusal | null {
  const { host, canonicalHost, expiresAt } = settings;
  return (
    refuseName(host, reservedHosts) ??
    refuseName(canonicalHost, reservedHosts) ??
    refuseKind(settings) ??
    refuseLocales(settings) ??
    refuseExpiry(expiresAt, now)
  );
}

/**
 * Refuses what would break at the read beside the other mappings: a redirect to nowhere, to a redirect or to another
 * shop, and taking from under other hosts what they redirect to. For settings that stand by themselves.
 */
export function refuseInContext(
  { host, canonicalHost, kind, shopId }: MappingSettings,
  { canonical, dependants }: MappingSurroundings,
): MappingRefusal | null {
  if (kind !== 'canonical') {
    if (canonical === null) {
      return invalid(`"${canonicalHost}" is not mapped: map it first, as a canonical host.`);
    }
    if (canonical.kind !== 'canonical') return refuseChain(host, canonical);
    if (canonical.shopId !== shopId) {
      return invalid(`"${canonicalHost}" belongs to another shop, "${canonical.shopId}".`);
    }
  }
  const isKept = kind === 'canonical' && dependants.every((other) => other.shopId === shopId);
  if (isKept || dependants.length === 0) return null;
  return conflict(`"${host}" must stay a canonical host of its shop, since`, dependants);
}

/** Refuses to delete a host while others redirect to it. */
export function refuseDeletion(
  host: string,
  dependants: readonly HostMapping[],
): MappingRefusal | null {
  return dependants.length === 0 ? null : conflict(`"${host}" must stay mapped, since`, dependants);
}

function refuseName(name: string, reservedHosts: readonly string[]): MappingRefusal | null {
  const normal = normaliseHost(name);
  if (normal === null) return invalid(`"${name}" is not a host name.`);
  if (normal !== name) return invalid(`"${name}" must be written "${normal}".`);
  if (reservedHosts.includes(name)) return invalid(`"${name}" is the platform's own.`);
  const labels = name.split('.');
  if (labels.length < 2) return invalid(`"${name}" is a single label: a host needs a domain.`);
  const ending = labels.at(-1) ?? '';
  if (RESERVED_ENDINGS.includes(ending)) {
    return invalid(`"${name}" can never be reached: ".${ending}" is reserved.`);
  }
  return null;
}

function refuseKind({
  host,
  canonicalHost,
  kind,
  mode,
}: Pick<MappingSettings, 'host' | 'canonicalHost' | 'kind' | 'mode'>): MappingRefusal | null {
  if (kind === 'canonical') {
    if (host !== canonicalHost) {
      return invalid(`A canonical host is its own canonicalHost, and "${canonicalHost}" is not.`);
    }
    return mode === 'redirect_only'
      ? invalid('A canonical host cannot be redirect_only: there is nowhere to redirect to.')
      : null;
  }
  if (host === canonicalHost) {
    return invalid(`A host of kind ${kind} names another host as its canonicalHost, not itself.`);
  }
  if (kind === 'vanity' && mode !== 'redirect_only' && mode !== 'expired') {
    return invalid(`A vanity host is redirect_only or expired, never ${mode}: it carries no cart.`);
  }
  return null;
}

function refuseLocales({
  defaultLocale,
  locales,
}: Pick<MappingSettings, 'defaultLocale' | 'locales'>): MappingRefusal | null {
  const reserved = locales.find((locale) => RESERVED_LOCALES.includes(locale));
  if (reserved !== undefined) {
    return invalid(`"${reserved}" cannot be a locale: paths that begin with it are no pages.`);
  }
  if (locales.includes(defaultLocale)) return null;
  return invalid(`defaultLocale "${defaultLocale}" is not among the locales: ${locales.join()}.`);
}

function refuseExpiry(expiresAt: string | undefined, now: Date): MappingRefusal | null {
  if (expiresAt === undefined) return null;
  const atMs = Date.parse(expiresAt);
  if (Number.isNaN(atMs)) return invalid(`expiresAt "${expiresAt}" is not a time.`);
  if (atMs > now.getTime()) return null;
  return invalid(
    `expiresAt "${expiresAt}" has passed: it is ${now.toISOString()}. To close a host now, its mode is expired.`,
  );
}

function refuseChain(host: string, canonical: HostMapping): MappingRefusal {
  if (canonical.canonicalHost === host) {
    return invalid(`"${canonical.host}" redirects to "${host}": the two would form a loop.`);
  }
  return invalid(
    `"${canonical.host}" redirects to "${canonical.canonicalHost}": name that one, since a chain of redirects is not allowed.`,
  );
}

function conflict(why: string, dependants: readonly HostMapping[]): MappingRefusal {
  const names = dependants.map(({ host }) => `"${host}"`).join(', ');
  const verb = dependants.length === 1 ? 'redirects' : 'redirect';
  const detail = `${why} ${names} ${verb} to it. Map elsewhere or delete what redirects first.`;
  return { code: 'mapping_conflict', detail };
}

function invalid(detail: string): MappingRefusal {
  return { code: 'host_invalid', detail };
}
