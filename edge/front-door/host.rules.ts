const MAX_HOST_LENGTH = 253;
const MAX_PORT = 65_535;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** These would be read as something other than a name by the URL parser, so they go before it sees them. */
const NO_NAME = /[\s@/\\?#%[\]]/;
const PORT = /:(\d*)$/;
const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;

/**
 * A name that is in its one spelling already, as nearly every request has it: labels in lower case, and the last
 * begins with a letter, so that it is no IPv4 address.
 */
const NORMAL = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The one spelling under which a host is mapped, looked up and compared: lower case, no port, no trailing dot,
 * internationalised names in punycode.
 *
 * @param authority the Host header as it came
 * @returns null for what no shop can have: an IP address, userinfo, a path, percent-encoding, an empty or malformed
 *   label, a name over 253 characters, a port that is none
 */
export function normaliseHost(authority: string): string | null {
  if (NO_NAME.test(authority)) return null;
  const port = PORT.exec(authority);
  if (port !== null && !isPort(port[1] ?? '')) return null;
  const dotted = authority.slice(0, port?.index);
  const name = dotted.endsWith('.') ? dotted.slice(0, -1) : dotted;
  if (name.length <= MAX_HOST_LENGTH && NORMAL.test(name)) return name;
  if (name === '' || name.includes(':')) return null;
  if (!URL.canParse(`http://${name}`)) return null;
  const host = new URL(`http://${name}`).hostname;
  if (host.length > MAX_HOST_LENGTH || IPV4.test(host)) return null;
  return host.split('.').every((label) => LABEL.test(label)) ? host : null;
}

/** `host:` is as good as `host`. A number past the last port would make every URL of this authority throw. */
function isPort(digits: string): boolean {
  return digits === '' || (digits.length <= 5 && Number(digits) > 0 && Number(digits) <= MAX_PORT);
}

/** Whose a host is: one of the platform's own two, or some shop's, or (null) no host at all. */
export type HostOwner =
  | { readonly kind: 'webhooks' }
  | { readonly kind: 'operators' }
  | { readonly kind: 'shops'; readonly host: string | null };

/** The platform's own hosts, normalised. */
export interface PlatformHosts {
  readonly WEBHOOK_HOST: string;
  readonly CONTROL_HOST: string;
}

/** @param authority the Host header as it came */
export function hostOwner(
  authority: string,
  { WEBHOOK_HOST, CONTROL_HOST }: PlatformHosts,
): HostOwner {
  const host = normaliseHost(authority);
  if (host === WEBHOOK_HOST) return { kind: 'webhooks' };
  if (host === CONTROL_HOST) return { kind: 'operators' };
  return { kind: 'shops', host };
}
