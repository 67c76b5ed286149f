import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyMappings, anySpelling, anyTarget } from './testing/arbitrary-doors.ts';
import { answerOf, hostOf, MAPPINGS, NOW, partsOf, VECTORS } from './testing/vectors.ts';

const BY_HOST = new Map(MAPPINGS.map((mapping) => [mapping.host, mapping]));

describe('the vectors of the contract', () => {
  test.each(VECTORS.map((vector) => [vector.case, vector] as const))('%s', (_, vector) => {
    const headers = new Headers(vector.headers);
    const door = { ...partsOf(vector), authority: hostOf(vector), headers };
    expect(answerOf(door, BY_HOST, NOW)).toBe(vector.answer);
  });

  test('are 120 at least, each with a name of its own', () => {
    expect(VECTORS.length).toBeGreaterThanOrEqual(120);
    expect(new Set(VECTORS.map((vector) => vector.case)).size).toBe(VECTORS.length);
  });
});

/** Where a browser goes that is told to, from an answer in the words of the vectors; null where it stays. */
function next(answer: string, host: string): URL | null {
  const [status, location] = [answer.slice(0, 3), answer.slice(4)];
  return status === '301' || status === '307' ? new URL(location, `https://${host}/`) : null;
}

const METHODS = fc.constantFrom('GET', 'HEAD', 'OPTIONS', 'POST', 'DELETE', 'BREW');

describe('whatever the path, the query and the mappings are', () => {
  test('no redirect leads off the host itself or the canonical host that is mapped', () => {
    fc.assert(
      fc.property(
        anyMappings,
        anyTarget,
        METHODS,
        anySpelling,
        (mappings, target, method, spell) => {
          for (const { host, canonicalHost } of mappings.values()) {
            const door = { method, target, authority: spell(host), headers: new Headers() };
            const to = next(answerOf(door, mappings, NOW), host);
            if (to === null) continue;
            expect(to.host).toBe(canonicalHost);
            expect([to.protocol, to.username, to.password]).toEqual(['https:', '', '']);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('a redirect keeps path and query byte for byte, after the locale that it adds', () => {
    fc.assert(
      fc.property(anyMappings, anyTarget, (mappings, target) => {
        for (const { host, canonicalHost, locales } of mappings.values()) {
          const door = { method: 'GET', target, authority: host, headers: new Headers() };
          const answer = answerOf(door, mappings, NOW);
          const sent = target.split('#', 1)[0];
          if (answer.startsWith('301 ')) expect(answer).toBe(`301 https://${canonicalHost}${sent}`);
          if (!answer.startsWith('307 ')) continue;
          const [, locale = '', rest] = /^307 \/([^/?]+)(.*)$/s.exec(answer) ?? [];
          expect(locales).toContain(locale);
          const first = /^\/([^/?]*)/.exec(sent ?? '')?.[1] ?? '';
          const named = first.toLowerCase() === locale.toLowerCase();
          const kept = named ? sent?.slice(first.length + 1).replace(/^(?!\/)/, '/') : sent;
          expect(rest).toBe(kept);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('whoever follows redirects is there after three at most', () => {
    fc.assert(
      fc.property(anyMappings, anyTarget, (mappings, target) => {
        for (const { host } of mappings.values()) {
          let [at, from, hops] = [target, host, 0];
          for (;;) {
            const door = { method: 'GET', target: at, authority: from, headers: new Headers() };
            const to = next(answerOf(door, mappings, NOW), from);
            if (to === null) break;
            [at, from] = [`${to.pathname}${to.search}`, to.host];
            hops++;
            if (hops > 3) break;
          }
          expect(hops).toBeLessThanOrEqual(3);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('a vanity host and one that only redirects answer nothing of the API', () => {
    fc.assert(
      fc.property(anyMappings, METHODS, (mappings, method) => {
        for (const { host, kind, mode } of mappings.values()) {
          if (kind !== 'vanity' && mode !== 'redirect_only') continue;
          const door = { method, target: '/api/cart', authority: host, headers: new Headers() };
          expect(answerOf(door, mappings, NOW)).toBe('404 not_found');
        }
      }),
    );
  });
});
