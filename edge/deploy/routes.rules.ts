import type { Route } from './wrangler-config.ts';

/**
 * What a route takes. Cloudflare knows one wildcard in a host, at its beginning, and looks at a zone's routes only for
 * what comes in through that zone: its own names, and the custom hostnames that were added to it.
 */
export interface HostPattern {
  /** The part after the wildcard, or all of the host. */
  readonly suffix: string;
  readonly wildcard: boolean;
  /** null for a custom domain, which is one exact host, whatever zone it is in. */
  readonly zone: string | null;
}

/** @throws Error for a pattern that is none, or that takes a part of a host's paths alone: the front door takes all */
export function hostPattern({ pattern, zone_name, custom_domain }: Route): HostPattern {
  if (custom_domain === true) {
    if (/[*/]/.test(pattern)) throw new Error(`"${pattern}" is no custom domain`);
    return { suffix: pattern, wildcard: false, zone: null };
  }
  const match = /^(\*?)([^*/]*)\/\*$/.exec(pattern);
  if (match === null) throw new Error(`"${pattern}" is not HOST/* or *.HOST/*`);
  if (zone_name === undefined) throw new Error(`"${pattern}" names no zone`);
  return { suffix: match[2] ?? '', wildcard: match[1] === '*', zone: zone_name };
}

/** True where some request could be taken by both. */
export function overlap(one: HostPattern, other: HostPattern): boolean {
  if (one.zone !== null && other.zone !== null) return one.zone === other.zone && share(one, other);
  const [domain, pattern] = one.zone === null ? [one, other] : [other, one];
  return takes(pattern, domain.suffix);
}

/**
 * True where a request for `host` comes to the Worker by this pattern.
 * @param host a name of ours, so not a customer's, which comes in through whatever zone it was added to
 */
export function takes({ suffix, wildcard, zone }: HostPattern, host: string): boolean {
  if (zone !== null && host !== zone && !host.endsWith(`.${zone}`)) return false;
  return wildcard ? host.endsWith(suffix) : host === suffix;
}

function share(one: HostPattern, other: HostPattern): boolean {
  if (one.wildcard && other.wildcard) {
    return one.suffix.endsWith(other.suffix) || other.suffix.endsWith(one.suffix);
  }
  if (one.wildcard) return other.suffix.endsWith(one.suffix);
  if (other.wildcard) return one.suffix.endsWith(other.suffix);
  return one.suffix === other.suffix;
}
