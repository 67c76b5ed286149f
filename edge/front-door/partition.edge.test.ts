/**
 * Two shops and five hosts through one deployment: whatever is asked, claimed and written at the same time, every
 * request is served as the shop that its host belongs to, and no other shop ever hears of it.
 */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RecordedCall } from '../../local/recording-origin.ts';
import { type EdgeAnswer, startTestEdge, type TestEdge } from '../../local/test-edge.ts';
import { MappingTimeline } from './testing/mapping-timeline.ts';
import { answerAsShops, shopsNamedIn } from './testing/shops-origin.ts';

const SHOPS = ['aurora', 'borealis'] as const;
type ShopId = (typeof SHOPS)[number];

const CANONICAL = {
  'aurora.localhost': 'aurora',
  'outlet.localhost': 'aurora',
  'borealis.localhost': 'borealis',
} as const;
const ALIAS = 'www.borealis.localhost';
const ALIAS_OF = 'borealis.localhost';
/** Changes hands while it is asked for. */
const MARKET = 'market.localhost';
/** Has no runtime of its own, so that one that a client claims would stay. */
const PLAIN = 'outlet.localhost';
const HOSTS = [...Object.keys(CANONICAL), ALIAS, MARKET];

const PAGES = ['/en/', '/de/', '/en/cart?next=%2F%2Fborealis.localhost'];
const ASKS = ['page', 'availability', 'validate', 'cart', 'well-known'] as const;

interface Visit {
  readonly kind: 'visit';
  readonly ask: (typeof ASKS)[number];
  readonly host: string;
  readonly page: string;
  readonly claims: Readonly<Record<string, string>>;
}
interface Write {
  readonly kind: 'write';
  readonly host: string;
  /** Whose the market is to be; the other hosts stay with their shop. */
  readonly shopId: ShopId;
  readonly locales: readonly string[];
}

/** What somebody sends who would like to be served as another shop. */
const claims = fc.dictionary(
  fc.constantFrom(
    'x-shop-id',
    'X-Shop-Host',
    'x-shop-canonical-host',
    'x-shop-runtime-id',
    'x-shop-configuration-id',
    'x-shop-locale',
    'x-forwarded-host',
    'forwarded',
    'x-original-host',
    'x-host',
    'x-cart-id',
    'x-original-url',
  ),
  fc.constantFrom(...SHOPS, ...HOSTS, 'host=aurora.localhost', '/api/cart', ''),
  { maxKeys: 5 },
);

const visit: fc.Arbitrary<Visit> = fc.record({
  kind: fc.constant('visit'),
  ask: fc.constantFrom(...ASKS),
  host: fc.constantFrom(...HOSTS),
  page: fc.constantFrom(...PAGES),
  claims,
});
const write: fc.Arbitrary<Write> = fc.record({
  kind: fc.constant('write'),
  host: fc.constantFrom(MARKET, MARKET, ...HOSTS),
  shopId: fc.constantFrom(...SHOPS),
  locales: fc.constantFrom(['en', 'de'], ['de', 'en'], ['en', 'de', 'fr']),
});
/** Some clients at once, each doing one thing after the other. */
const clients = fc.array(
  fc.array(fc.oneof({ weight: 6, arbitrary: visit }, { weight: 1, arbitrary: write }), {
    minLength: 1,
    maxLength: 12,
  }),
  { minLength: 2, maxLength: 6 },
);

let edge: TestEdge;
let market: MappingTimeline;

beforeAll(async () => {
  edge = await startTestEdge();
});
afterAll(() => edge?.dispose());

test('every request is served as the shop of its host, and no other shop hears of it', async () => {
  const seen = { visits: 0, moves: 0 };
  await fc.assert(
    fc.asyncProperty(clients, async (programmes) => {
      await startAnew();
      const outcomes = await Promise.all(programmes.map(runClient));
      for (const outcome of outcomes.flat()) {
        expectServedAsItsShop(outcome);
        seen.visits += 1;
      }
      seen.moves += programmes.flat().filter(({ kind }) => kind === 'write').length;
    }),
    { numRuns: 12, endOnFailure: true },
  );
  // Else nothing was shown.
  expect(seen.visits).toBeGreaterThan(100);
  expect(seen.moves).toBeGreaterThan(10);
}, 180_000);

async function startAnew(): Promise<void> {
  edge.origin.reset();
  edge.origin.answerWith(answerAsShops);
  market = new MappingTimeline();
  for (const host of HOSTS) {
    await map({ kind: 'write', host, shopId: 'aurora', locales: ['en', 'de'] });
  }
}

interface Outcome {
  readonly visit: Visit;
  readonly answer: EdgeAnswer;
  /** Shops that the host may have belonged to while this was under way. */
  readonly shops: readonly string[];
  readonly calls: () => RecordedCall[];
}

async function runClient(programme: readonly (Visit | Write)[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const step of programme) {
    if (step.kind === 'write') await map(step);
    else outcomes.push(await make(step));
  }
  return outcomes;
}

async function map({ host, shopId, locales }: Write): Promise<void> {
  const owner = host === MARKET ? shopId : ownerOf(host);
  const alias = host === ALIAS ? { kind: 'alias', canonicalHost: ALIAS_OF } : {};
  const beganAtMs = performance.now();
  const runtime = host === PLAIN ? {} : { runtimeId: `rt-${owner}` };
  const settings = { shopId: owner, locales, defaultLocale: locales[0], ...runtime };
  const answer = await edge.putHost(host, { ...settings, ...alias });
  const endedAtMs = performance.now();
  // 412: another client wrote between this one's read and its write.
  expect([200, 412], answer.text).toContain(answer.status);
  if (host !== MARKET || answer.status !== 200) return;
  const { version } = answer.json() as { version: number };
  market.record({ shopId: owner, version, beganAtMs, endedAtMs });
}

function ownerOf(host: string): ShopId {
  return host === ALIAS ? CANONICAL[ALIAS_OF] : CANONICAL[host as keyof typeof CANONICAL];
}

async function make(visit: Visit): Promise<Outcome> {
  const requestId = randomUUID();
  const headers = { ...visit.claims, 'x-request-id': requestId, accept: 'text/html' };
  const beganAtMs = performance.now();
  const answer = await send(visit, headers);
  const endedAtMs = performance.now();
  const { calls } = edge.origin;
  return {
    visit,
    answer,
    // A writer may have its answer a moment before it notes it: judged when all have ended.
    get shops() {
      return visit.host === MARKET
        ? market.shopsBetween(beganAtMs, endedAtMs)
        : [ownerOf(visit.host)];
    },
    calls: () => calls.filter((call) => call.headers.get('x-request-id') === requestId),
  };
}

function send({ ask, host, page }: Visit, headers: Record<string, string>): Promise<EdgeAnswer> {
  if (ask === 'page') return edge.call(host, page, { headers });
  if (ask === 'well-known') return edge.call(host, '/.well-known/front-door', { headers });
  if (ask === 'availability') {
    return edge.call(host, '/api/inventory/availability?variantKey=v1%3Atee', { headers });
  }
  const body =
    ask === 'validate'
      ? { path: '/api/inventory/validate', json: { items: [{ sku: 'tee', quantity: 1 }] } }
      : { path: '/api/cart', json: { sku: 'mug', quantity: 1 } };
  return edge.call(host, body.path, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body.json),
  });
}

function expectServedAsItsShop({ visit, answer, shops, calls }: Outcome): void {
  const what = `${visit.ask} at ${visit.host}: ${answer.status} ${answer.text.slice(0, 300)}`;
  for (const { headers, signature } of calls()) {
    expect(signature.ok, what).toBe(true);
    expect(shops, what).toContain(headers.get('x-shop-id'));
    // The whole context is of one mapping, never half of the old and half of the new.
    const runtimeId = visit.host === PLAIN ? null : `rt-${headers.get('x-shop-id')}`;
    expect(headers.get('x-shop-runtime-id'), what).toBe(runtimeId);
    expect(headers.get('x-shop-host'), what).toBe(visit.host);
    expect(headers.get('x-shop-canonical-host'), what).toBe(visit.host);
  }
  const asked = new Set(calls().map(({ headers }) => headers.get('x-shop-id')));
  expect(asked.size, what).toBeLessThanOrEqual(1);

  if (visit.ask === 'well-known') {
    expect(answer.status, what).toBe(200);
    expect(answer.json().host).toBe(visit.host);
    expect(shops).toContain(answer.json().shopId);
  } else if (visit.host === ALIAS) {
    expect(calls(), what).toEqual([]);
    const isSafe = visit.ask === 'page' || visit.ask === 'availability';
    expect(answer.status, what).toBe(isSafe ? 301 : 404);
    if (isSafe) expect(answer.headers.location).toContain(`//${ALIAS_OF}:${edge.port}/`);
  } else {
    expect(asked.size, what).toBe(1);
    // Only one of the shops sells mugs.
    const sold = visit.ask !== 'cart' || asked.has('aurora');
    expect(answer.status, what).toBe(sold ? 200 : 404);
    if (visit.ask === 'page') expect(shopsNamedIn(answer.text), what).toEqual([...asked]);
  }
}
