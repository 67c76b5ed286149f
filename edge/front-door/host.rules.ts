const MAX_HOST_LENGTH = 253;
const MAX_PORT = 65_535;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The one spelling under which a host is mapped, looked up and compared: lower case, no port, no trailing dot,
 * internationalised names in punycode.
 *
 * @param authority the Host header as it came
 * @returns null for what no shop can have: an IP address, userinfo, a path, percent-encoding, an empty or malformed
 *   label, a name over 253 characters, a port that is none
 */
export function normaliseHost(authority: string): string | null {
  // These would be read as something other than a name by the URL parser, so they go before it sees them.
  if (/[\s@/\\?#%[\]]/.test(authority)) return null;
  const port = /:(\d*)$/.exec(authority);
  if (port !== null && !isPort(port[1] ?? '')) return null;
  const name = authority.slice(0, port?.index).replace(/\.$/, '');
  if (name === '' || name.includes(':')) return null;
  if (!URL.canParse(`http://${name}`)) return null;
  const host = new URL(`http://${name}`).hostname;
  if (host.length > MAX_HOST_LENGTH || isIpv4(host)) return null;
  return host.split('.').every((label) => LABEL.test(label)) ? host : null;
}

/** `host:` is as good as `host`. A number past the last port would make every URL of this authority throw. */
function isPort(digits: string): boolean {
  return digits === '' || (digits.length <= 5 && Number(digits) > 0 && Number(digits) <= MAX_PORT);
}

/** The URL parser rewrites every spelling of an IPv4 address to four decimal numbers. */
function isIpv4(host: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(host);
}
