import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import fc from 'fast-check';
import type { MappingSettings } from '../mapping.rules.ts';

/** A write to one of a few hosts, of one of a few shops, so that writes get into each other's way. */
export type HostWrite =
  | { readonly kind: 'put'; readonly settings: MappingSettings }
  | { readonly kind: 'delete'; readonly host: string };

const HOSTS = ['a', 'b', 'c', 'd', 'e'].map((label) => `${label}.localhost`);
const SHOPS = ['aurora', 'borealis'];

const settings = (shopIds: readonly string[]): fc.Arbitrary<MappingSettings> =>
  fc
    .record({
      host: fc.constantFrom(...HOSTS),
      shopId: fc.constantFrom(...shopIds),
      other: fc.constantFrom(...HOSTS),
      kind: fc.constantFrom<HostMapping['kind']>('canonical', 'canonical', 'alias', 'vanity'),
      mode: fc.constantFrom<HostMapping['mode']>('active', 'active', 'redirect_only', 'expired'),
    })
    .map(({ host, shopId, other, kind, mode }) => ({
      host,
      shopId,
      // Now and then a canonical host that names another one: that is refused by itself.
      canonicalHost: kind === 'canonical' && mode !== 'expired' ? host : other,
      kind,
      mode,
      defaultLocale: 'en',
      locales: ['en'],
    }));

export const hostWrites: fc.Arbitrary<HostWrite> = fc.oneof(
  {
    weight: 5,
    arbitrary: settings(SHOPS).map((some) => ({ kind: 'put', settings: some }) as const),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...HOSTS).map((host) => ({ kind: 'delete', host }) as const),
  },
);

/** Every way in which these mappings would break at the read, in words; none for mappings that can be served. */
export function breaches(mappings: readonly HostMapping[]): string[] {
  const byHost = new Map(mappings.map((mapping) => [mapping.host, mapping]));
  return mappings.flatMap((mapping) => {
    const { host, kind, canonicalHost, shopId } = mapping;
    const target = byHost.get(canonicalHost);
    if (target === undefined) return [`${host} redirects to ${canonicalHost}, which is not mapped`];
    const found: string[] = [];
    if (target.shopId !== shopId) found.push(`${host} and ${canonicalHost} are of two shops`);
    if (kind !== 'canonical' && target.kind !== 'canonical') {
      const back = target.canonicalHost === host;
      found.push(`${host} and ${canonicalHost} are a ${back ? 'loop' : 'chain'} of redirects`);
    }
    if (kind === 'canonical' && host !== canonicalHost) found.push(`${host} is not itself`);
    if (kind === 'canonical' && mapping.mode === 'redirect_only') found.push(`${host} has no end`);
    if (kind === 'vanity' && mapping.mode === 'active') found.push(`${host} carries a cart`);
    return found;
  });
}
