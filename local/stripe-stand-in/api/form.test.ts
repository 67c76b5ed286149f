import fc from 'fast-check';
import Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { canonicalForm, parseForm, plainForm } from './form.ts';

describe('the form parser', () => {
  test('reads nested names, indexes and percent-encoding', () => {
    const form = parseForm(
      'metadata[shop_id]=aurora&line_items[0][price_data][unit_amount]=1999&line_items[1][quantity]=2&name=a+b%26c',
    );
    expect(plainForm(form)).toEqual({
      metadata: { shop_id: 'aurora' },
      line_items: { 0: { price_data: { unit_amount: '1999' } }, 1: { quantity: '2' } },
      name: 'a b&c',
    });
  });

  test('reads encoded brackets as brackets', () => {
    expect(plainForm(parseForm('metadata%5Border_id%5D=1'))).toEqual({
      metadata: { order_id: '1' },
    });
  });

  test('appends to an array that has no indexes', () => {
    expect(plainForm(parseForm('expand[]=a&expand[]=b'))).toEqual({ expand: { 0: 'a', 1: 'b' } });
  });

  test('begins the next element of such an array when a name comes again', () => {
    const form = parseForm('items[][price][id]=1&items[][price][tag]=x&items[][price][id]=2');
    expect(plainForm(form)).toEqual({
      items: { 0: { price: { id: '1', tag: 'x' } }, 1: { price: { id: '2' } } },
    });
  });

  test('lets the last of two equal names win, and joins query and body', () => {
    expect(plainForm(parseForm('a=1&a=2', 'b=3'))).toEqual({ a: '2', b: '3' });
  });

  test('is the same in canonical form whatever the order of the names', () => {
    expect(canonicalForm(parseForm('b=2&a[y]=1&a[x]=3'))).toBe(
      canonicalForm(parseForm('a[x]=3&a[y]=1&b=2')),
    );
  });

  test('keeps names that are special to JavaScript as plain data', () => {
    const form = parseForm('metadata[__proto__]=x&constructor[prototype]=y');
    expect(canonicalForm(form)).toBe(
      '{"constructor":{"prototype":"y"},"metadata":{"__proto__":"x"}}',
    );
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
  });

  test.each(['a=1&a[b]=2', 'a[b]=2&a=1', 'a=%zz', `a${'[b]'.repeat(40)}=1`])(
    'refuses %s with a 400',
    (text) => {
      expect(() => parseForm(text)).toThrow(expect.objectContaining({ status: 400 }));
    },
  );

  test('reads back whatever the SDK encodes', async () => {
    const sent: string[] = [];
    const stripe = new Stripe('sk_test_encoder', {
      httpClient: recordingClient(sent),
      telemetry: false,
    });
    const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_ é&=+%.-]{0,12}$/);
    const value = fc.string({ unit: 'grapheme', maxLength: 20 });
    const { params } = fc.letrec<{ params: Record<string, unknown>; node: unknown }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        value,
        fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
        tie('params'),
      ),
      params: fc.dictionary(name, tie('node'), { minKeys: 1, maxKeys: 4 }),
    }));
    await fc.assert(
      fc.asyncProperty(params, async (given) => {
        sent.length = 0;
        await stripe.rawRequest('POST', '/v1/anything', given);
        expect(plainForm(parseForm(sent[0] ?? ''))).toEqual(withIndexes(given));
      }),
      { numRuns: 100, interruptAfterTimeLimit: 5_000 },
    );
  });
});

/** Arrays as the form has them: objects whose names are the indexes. */
function withIndexes(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, withIndexes(inner)]),
  );
}

/** An HTTP client of the SDK's that answers `{}` and keeps the bodies. */
function recordingClient(bodies: string[]): Stripe.HttpClient {
  return {
    getClientName: () => 'recording',
    makeRequest: async (_host, _port, _path, _method, _headers, requestData) => {
      bodies.push(requestData);
      return {
        getStatusCode: () => 200,
        getHeaders: () => ({}),
        getRawResponse: () => ({}),
        toStream: () => undefined,
        toJSON: async () => ({}),
      };
    },
  };
}
