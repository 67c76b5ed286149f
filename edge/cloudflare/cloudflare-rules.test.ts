import { readdirSync, readFileSync } from 'node:fs';
import { INTERNAL_HEADERS } from '@commerce/contracts/vocabulary/shop-context.ts';
import { describe, expect, test } from 'vitest';

interface Rule {
  readonly ref: string;
  readonly description: string;
  readonly expression: string;
  readonly action: string;
  readonly action_parameters?: {
    readonly headers?: Readonly<Record<string, { readonly operation: string }>>;
  };
  readonly ratelimit?: {
    readonly characteristics: readonly string[];
    readonly period: number;
    readonly requests_per_period: number;
    readonly mitigation_timeout: number;
  };
}

interface Ruleset {
  readonly kind: string;
  readonly phase: string;
  readonly rules: readonly Rule[];
}

const FILES = readdirSync(import.meta.dirname).filter((file) => file.endsWith('-rules.json'));
/** A rule may not touch these (README), or should not: a client may send a request id. */
const LEFT_TO_THE_FRONT_DOOR = [
  'cf-worker',
  'true-client-ip',
  'via',
  'x-forwarded-proto',
  'x-real-ip',
  'x-request-id',
];
const MAX_HEADERS_A_RULE = 30;

const read = (file: string) =>
  JSON.parse(readFileSync(`${import.meta.dirname}/${file}`, 'utf8')) as Ruleset;

describe('headers at the zone', () => {
  const rules = read('request-header-rules.json').rules;
  const operations = rules.flatMap((rule) => Object.entries(rule.action_parameters?.headers ?? {}));

  test('are stripped as the vocabulary lists them, no more and no fewer', () => {
    const stripped = operations.map(([name]) => name);
    expect([...stripped, ...LEFT_TO_THE_FRONT_DOOR].toSorted()).toEqual(
      [...new Set(INTERNAL_HEADERS)].toSorted(),
    );
  });

  test('are removed, never set, from every request', () => {
    expect(new Set(operations.map(([, { operation }]) => operation))).toEqual(new Set(['remove']));
    expect(new Set(rules.map(({ expression }) => expression))).toEqual(new Set(['true']));
  });

  test('are no more in one rule than the API takes', () => {
    for (const { action_parameters } of rules) {
      expect(Object.keys(action_parameters?.headers ?? {}).length).toBeLessThanOrEqual(
        MAX_HEADERS_A_RULE,
      );
    }
  });
});

describe('every ruleset', () => {
  test('belongs to a zone and to a phase of its own, and each rule has a name and a reason', () => {
    const rulesets = FILES.map(read);
    expect(rulesets.map(({ phase }) => phase).toSorted()).toEqual([
      'http_ratelimit',
      'http_request_dynamic_redirect',
      'http_request_firewall_custom',
      'http_request_late_transform',
    ]);
    expect(new Set(rulesets.map(({ kind }) => kind))).toEqual(new Set(['zone']));
    const rules = rulesets.flatMap((ruleset) => ruleset.rules);
    expect(new Set(rules.map(({ ref }) => ref)).size).toBe(rules.length);
    expect(rules.filter(({ description }) => description.length < 10)).toEqual([]);
  });

  test('has balanced parentheses, quotes and braces in its expressions', () => {
    for (const { ref, expression } of FILES.flatMap((file) => read(file).rules)) {
      const bare = expression.replaceAll(/"[^"]*"/g, '');
      expect(bare, ref).not.toContain('"');
      for (const [open, close] of ['()', '{}', '[]'].map((pair) => [...pair])) {
        expect(bare.split(open ?? '').length, `${ref}: ${open}`).toBe(
          bare.split(close ?? '').length,
        );
      }
    }
  });
});

describe('webhooks', () => {
  test('are counted by no rate limit: Stripe would give up on us', () => {
    for (const { ref, expression } of read('rate-limiting-rules.json').rules) {
      expect(expression, ref).toMatch(/http\.host (ne "hooks\.|eq "ops\.)/);
    }
  });

  test('skip challenges before anything on their host is refused', () => {
    const refs = read('waf-rules.json').rules.map(({ ref }) => ref);
    expect(refs.slice(0, 2)).toEqual(['webhooks_unchallenged', 'webhooks_alone']);
  });
});

test('one address is limited for each data centre, in a period that Cloudflare knows', () => {
  for (const { ref, ratelimit } of read('rate-limiting-rules.json').rules) {
    expect(ratelimit?.characteristics, ref).toEqual(['cf.colo.id', 'ip.src']);
    expect([10, 60, 120, 300, 600, 3600], ref).toContain(ratelimit?.period);
  }
});
