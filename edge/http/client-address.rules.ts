import type { Environment } from '@commerce/contracts/vocabulary/shop-context.ts';

/**
 * Where a request came from, as Cloudflare says it: whatever a client sends under this name is overwritten before a
 * Worker sees it. The front door passes it on to the Workers behind it, and no farther.
 */
export const CLIENT_ADDRESS_HEADER = 'cf-connecting-ip';

/** All requests of which nobody can say where they came from, counted as one. */
const UNKNOWN_ADDRESS = 'unknown';

/** `::ffff:0:0/96`, an IPv4 address written as IPv6. */
const MAPPED_IPV4 = ['0', '0', '0', '0', '0', 'ffff'];

/** Nothing that could end the brackets which the URL parser wants around an address. */
const IPV6_LETTERS = /^[0-9a-f:.]{2,45}$/i;

/**
 * Whom a request is counted as, where it is limited by address: an IPv4 address as it is; an IPv6 address by its /64,
 * since a single subscriber has all of these 2^64 addresses to choose from.
 *
 * @returns null where there is nothing to limit by: on a developer's machine nobody sets the header, and load comes
 *   from one address. Elsewhere requests without it share one key.
 */
export function addressKey(headers: Pick<Headers, 'get'>, environment: Environment): string | null {
  const address = headers.get(CLIENT_ADDRESS_HEADER);
  if (address === null) return environment === 'local' ? null : UNKNOWN_ADDRESS;
  if (isIpv4(address)) return address;
  const groups = ipv6Groups(address);
  if (groups === null) return UNKNOWN_ADDRESS;
  if (MAPPED_IPV4.every((group, index) => groups[index] === group)) return ipv4Of(groups);
  return `${groups.slice(0, 4).join(':')}::/64`;
}

function isIpv4(address: string): boolean {
  const octets = address.split('.');
  return octets.length === 4 && octets.every((octet) => /^\d{1,3}$/.test(octet) && +octet <= 255);
}

/** The eight groups of an IPv6 address in lower case without leading zeros, or null. The URL parser knows the rules. */
function ipv6Groups(address: string): string[] | null {
  if (!IPV6_LETTERS.test(address) || !URL.canParse(`http://[${address}]`)) return null;
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const before = head === '' ? [] : head.split(':');
  if (tail === undefined) return before;
  const after = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after];
}

function ipv4Of(groups: readonly string[]): string {
  const [high = 0, low = 0] = groups.slice(6).map((group) => Number.parseInt(group, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
