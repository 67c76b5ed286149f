import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { normaliseHost } from '../host.rules.ts';

/** What an operator decides about a host; version, time and author are added by the write. */
export type MappingSettings = Omit<HostMapping, 'version' | 'updatedAt' | 'updatedBy'>;

export interface MappingRefusal {
  readonly code: 'host_invalid';
  readonly detail: string;
}

/** What the database holds around the host that is written. */
export interface MappingSurroundings {
  /** The mapping of `canonicalHost`, where that is another host. */
  readonly canonical: HostMapping | null;
  /** Some mapping, other than the host's own, whose canonical host is this host. */
  readonly dependant: HostMapping | null;
}

/** Refuses what would break at the read: a host that no request can have, or a redirect that ends nowhere. */
export function refuseMapping(
  settings: MappingSettings,
  { canonical, dependant }: MappingSurroundings,
  reservedHosts: readonly string[],
): MappingRefusal | null {
  return refuseAlone(settings, reservedHosts) ?? refuseInContext(settings, canonical, dependant);
}

function refuseAlone(
  { host, canonicalHost, kind, mode, defaultLocale, locales }: MappingSettings,
  reservedHosts: readonly string[],
): MappingRefusal | null {
  for (const name of [host, canonicalHost]) {
    const normal = normaliseHost(name);
    if (normal === null) return invalid(`"${name}" is not a host name.`);
    if (normal !== name) return invalid(`"${name}" must be written "${normal}".`);
    if (reservedHosts.includes(name)) return invalid(`"${name}" is the platform's own.`);
  }
  if (kind === 'canonical' && host !== canonicalHost) {
    return invalid(`A canonical host is its own canonicalHost, and "${canonicalHost}" is not.`);
  }
  if (kind !== 'canonical' && host === canonicalHost) {
    return invalid(`A host of kind ${kind} must name another host as its canonicalHost.`);
  }
  if (kind === 'canonical' && mode === 'redirect_only') {
    return invalid('A canonical host has nowhere to redirect to.');
  }
  if (!locales.includes(defaultLocale)) {
    return invalid(`defaultLocale "${defaultLocale}" is not among the locales.`);
  }
  return null;
}

function refuseInContext(
  { host, canonicalHost, kind, shopId }: MappingSettings,
  canonical: HostMapping | null,
  dependant: HostMapping | null,
): MappingRefusal | null {
  if (kind !== 'canonical') {
    if (canonical === null) return invalid(`"${canonicalHost}" is not mapped yet.`);
    if (canonical.kind !== 'canonical') {
      return invalid(`"${canonicalHost}" redirects itself: a chain of redirects is not allowed.`);
    }
    if (canonical.shopId !== shopId) return invalid(`"${canonicalHost}" is another shop's host.`);
  }
  if (dependant !== null && (kind !== 'canonical' || dependant.shopId !== shopId)) {
    return invalid(`"${dependant.host}" redirects to "${host}", which must stay canonical there.`);
  }
  return null;
}

function invalid(detail: string): MappingRefusal {
  return { code: 'host_invalid', detail };
}
