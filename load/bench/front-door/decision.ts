import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { Side } from '../bench.ts';
import { loadEdgeModule } from './edge-module.ts';

/** As `edge/front-door/decide.ts` has it. */
type Decide = (
  request: { readonly method: string; readonly url: string; readonly headers: Headers },
  mapping: HostMapping,
  now: Date,
) => { readonly kind: string };

const canonical: HostMapping = {
  host: 'shop-1.example',
  shopId: 'shop-1',
  canonicalHost: 'shop-1.example',
  kind: 'canonical',
  mode: 'active',
  defaultLocale: 'en-IE',
  locales: ['en-IE', 'de-DE', 'fr'],
  version: 1,
  updatedAt: '2026-11-01T09:00:00.000Z',
  updatedBy: 'bench',
};
const alias: HostMapping = { ...canonical, host: 'www.shop-1.example', kind: 'alias' };
const expired: HostMapping = { ...canonical, expiresAt: '2026-11-02T09:00:00.000Z' };

/** Each kind of decision about once, and what is decided most more often. */
const ASKED: readonly (readonly [HostMapping, method: string, target: string, kind: string])[] = [
  [canonical, 'GET', '/en-IE/products/tee?size=m', 'page'],
  [canonical, 'GET', '/de-DE/', 'page'],
  [canonical, 'GET', '/fr/products/a%2Fb', 'page'],
  [canonical, 'GET', '/api/inventory/availability?variantKey=v1%3Atee', 'api'],
  [canonical, 'POST', '/api/checkout-session/cs_1/finalize', 'api'],
  [canonical, 'GET', '/api/nothing', 'not_found'],
  [canonical, 'GET', '/products/tee?size=m', 'locale'],
  [canonical, 'DELETE', '/en-IE/', 'wrong_method'],
  [canonical, 'GET', '/en-IE/%2e%2e/x', 'not_found'],
  [alias, 'GET', '/en-IE/products/tee?size=m&size=&x', 'canonical'],
  [expired, 'GET', '/en-IE/', 'closed'],
];
const HEADERS = new Headers({
  accept: 'text/html',
  'accept-language': 'de-AT,de;q=0.9,en;q=0.5,*;q=0.1',
  cookie: 'consent=1; __Host-cart=sealed; theme=dark',
});

/** CPU time of one decision, on average over `calls`. In Node, whose V8 is workerd's too: workerd has no clock. */
export function decisionMicroseconds(calls: number): Side {
  const now = new Date('2026-11-23T12:00:00Z');
  const requests = ASKED.map(([mapping, method, target, kind]) => {
    const url = `https://${mapping.host}${target}`;
    return { mapping, kind, request: { method, url, headers: HEADERS } };
  });
  let loaded: Promise<{ decide: Decide }> | undefined;
  return async () => {
    loaded ??= loadEdgeModule<{ decide: Decide }>('edge/front-door/decide.ts');
    const { decide } = await loaded;
    const before = process.cpuUsage();
    for (let call = 0; call < calls; call += 1) {
      const asked = requests[call % requests.length];
      if (asked === undefined) break;
      const decided = decide(asked.request, asked.mapping, now).kind;
      if (decided !== asked.kind) {
        throw new Error(`${asked.request.url}: decided ${decided}, and not ${asked.kind}`);
      }
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / calls;
  };
}
