import { Resolver } from 'node:dns/promises';
import { BlockList, isIPv6 } from 'node:net';
import type { AddressFact } from './facts.ts';

/** Address ranges in CIDR notation. */
export interface Ranges {
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
}

/** A resolver of its own asks the name servers and no hosts file: what a buyer's resolver is told. */
export function resolverAt(server: string | undefined): Resolver {
  const resolver = new Resolver({ timeout: 5_000, tries: 2 });
  if (server !== undefined) resolver.setServers([server]);
  return resolver;
}

/**
 * Where a name leads, and which of the addresses are not the platform's: neither in its ranges nor where the target of
 * custom hostnames leads.
 */
export async function lookUpAddresses(
  host: string,
  { resolver, ranges, target }: { resolver: Resolver; ranges: Ranges; target: string },
): Promise<AddressFact> {
  const found = await addressesOf(host, resolver);
  if (found.addresses.length === 0) return { kind: 'failed', why: found.why };
  const platform = blockListOf(ranges);
  let foreign = found.addresses.filter((address) => !platform.check(address, family(address)));
  if (foreign.length > 0) {
    const targets = await addressesOf(target, resolver);
    foreign = foreign.filter((address) => !targets.addresses.includes(address));
  }
  return { kind: 'addresses', addresses: found.addresses, foreign };
}

async function addressesOf(
  host: string,
  resolver: Resolver,
): Promise<{ addresses: string[]; why: string }> {
  const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  const addresses = answers.flatMap((answer) =>
    answer.status === 'fulfilled' ? answer.value : [],
  );
  const refused = answers.find((answer) => answer.status === 'rejected');
  const code = (refused?.reason as NodeJS.ErrnoException | undefined)?.code ?? 'no address';
  return { addresses, why: code === 'ENODATA' ? 'it has no address' : code };
}

function blockListOf({ ipv4, ipv6 }: Ranges): BlockList {
  const list = new BlockList();
  for (const range of [...ipv4, ...ipv6]) {
    const [network = '', prefix = ''] = range.split('/');
    list.addSubnet(network, Number(prefix), family(network));
  }
  return list;
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
