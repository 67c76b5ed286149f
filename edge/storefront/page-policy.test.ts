import { describe, expect, it } from 'vitest';
import { contentSecurityPolicy, makeNonce } from './page-policy.ts';

function directives(policy: string): Record<string, string> {
  return Object.fromEntries(
    policy.split('; ').map((directive) => {
      const [name = '', ...sources] = directive.split(' ');
      return [name, sources.join(' ')];
    }),
  );
}

const STAND_IN = { kind: 'stand-in', standInUrl: 'http://127.0.0.1:12111' } as const;
const STRIPE = { kind: 'stripe', publishableKey: 'pk_test_1', stripeJsUrl: 'x' } as const;

describe('the pages’ security policy', () => {
  it('lets in nothing but this origin', () => {
    expect(directives(contentSecurityPolicy('abc'))).toEqual({
      'default-src': "'none'",
      'script-src': "'self' 'nonce-abc'",
      'style-src': "'self'",
      'img-src': "'self'",
      'connect-src': "'self'",
      'frame-src': "'none'",
      'form-action': "'self'",
      'base-uri': "'none'",
      'frame-ancestors': "'none'",
    });
  });

  it('lets the local payment form call the stand-in, and load nothing from it', () => {
    const policy = directives(contentSecurityPolicy('abc', STAND_IN));
    expect(policy['connect-src']).toBe("'self' http://127.0.0.1:12111");
    expect(policy['script-src']).toBe("'self' 'nonce-abc'");
  });

  it('lets Stripe.js in where Stripe is the provider', () => {
    const policy = directives(contentSecurityPolicy('abc', STRIPE));
    expect(policy['script-src']).toContain('https://js.stripe.com');
    expect(policy['frame-src']).toContain('https://hooks.stripe.com');
    expect(policy['connect-src']).toBe("'self' https://api.stripe.com");
  });

  it('never allows inline script, inline style or eval', () => {
    for (const payment of [undefined, STAND_IN, STRIPE]) {
      expect(contentSecurityPolicy(makeNonce(), payment)).not.toMatch(/unsafe|\*(?!\.)/);
    }
  });

  it('has a nonce of its own for each response', () => {
    const nonces = Array.from({ length: 100 }, makeNonce);
    expect(new Set(nonces).size).toBe(100);
    expect(nonces[0]).toMatch(/^[A-Za-z0-9+/]{24}$/);
  });
});
