import fc from 'fast-check';
import Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { Problem } from '../platform/problem.ts';
import { rewritten, type VerifiedEvent, verifyEvent } from './verify-event.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const EVENT = {
  id: 'evt_1',
  object: 'event',
  type: 'checkout.session.completed',
  created: 1_795_000_000,
  livemode: false,
  data: { object: { id: 'cs_1', object: 'checkout.session' } },
};

function sign(payload: string, secret = 'whsec_a', ageSeconds = 0): string {
  const timestamp = Math.floor(NOW.getTime() / 1_000) - ageSeconds;
  return Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });
}

function verified(payload: string): VerifiedEvent {
  return verifyEvent(new TextEncoder().encode(payload), sign(payload), ['whsec_a'], NOW);
}

function verify(payload: string, header: string | undefined, secrets = ['whsec_a']): Stripe.Event {
  return verifyEvent(new TextEncoder().encode(payload), header, secrets, NOW).event;
}

function refusalOf(verifying: () => unknown): string {
  try {
    verifying();
  } catch (error) {
    if (error instanceof Problem) return error.code;
    throw error;
  }
  return 'accepted';
}

const body = JSON.stringify(EVENT);

describe('an event', () => {
  test('is accepted under any live secret, so that one can be rotated', () => {
    expect(verify(body, sign(body)).id).toBe('evt_1');
    expect(verify(body, sign(body, 'whsec_b'), ['whsec_a', 'whsec_b']).id).toBe('evt_1');
    expect(refusalOf(() => verify(body, sign(body, 'whsec_old'), ['whsec_a', 'whsec_b']))).toBe(
      'webhook_signature_invalid',
    );
  });

  test.each([
    ['without a signature', undefined],
    ['with an empty one', ''],
    ['with one without a time', `v1=${'0'.repeat(64)}`],
    ['with one of other bytes', sign(`${body} `)],
    ['signed five minutes and a second ago', sign(body, 'whsec_a', 301)],
    ['signed in the future', sign(body, 'whsec_a', -301)],
  ])('is refused %s', (_, header) => {
    expect(refusalOf(() => verify(body, header))).toBe('webhook_signature_invalid');
  });

  test('is accepted up to five minutes either way', () => {
    expect(verify(body, sign(body, 'whsec_a', 300)).id).toBe('evt_1');
    expect(verify(body, sign(body, 'whsec_a', -300)).id).toBe('evt_1');
  });

  test.each([
    'null',
    '"evt_1"',
    '[]',
    '{}',
    '{"id":1}',
    JSON.stringify({ ...EVENT, created: 'today' }),
    JSON.stringify({ ...EVENT, data: null }),
    JSON.stringify({ ...EVENT, livemode: undefined }),
    '{"id":',
    '',
  ])('is malformed where the signed bytes are %j: Stripe must not send them again', (payload) => {
    expect(refusalOf(() => verify(payload, sign(payload)))).toBe('malformed_request');
  });

  test('is made of text that the database can hold', () => {
    const metadata = {
      zero: 'a\u0000b',
      half: 'a\ud83db',
      other: '\udc55',
      whole: '\u{1f455}',
      literal: '\\u0000',
      mixed: '\\\u0000',
    };
    const payload = JSON.stringify({ ...EVENT, data: { object: { metadata } } });
    const bytes = new TextEncoder().encode(payload);
    const { event, json } = verifyEvent(bytes, sign(payload), ['whsec_a'], NOW);
    expect(JSON.parse(json)).toEqual(event);
    expect(event.data.object).toEqual({
      metadata: {
        zero: 'a\ufffdb',
        half: 'a\ufffdb',
        other: '\ufffd',
        whole: '\u{1f455}',
        literal: '\\u0000',
        mixed: '\\\ufffd',
      },
    });
  });

  test.each([
    '"client_secret":"pi_1_secret_2"',
    '"client_secret" : "pi_1_\\"secret_2"',
    '"client_\\u0073ecret":"pi_1_secret_2"',
    '"client_secret":{"is":"pi_1_secret_2"}',
  ])('is kept without what lets its holder pay: %s', (member) => {
    const payload = body.replace(
      '"object":"checkout.session"',
      `"object":"checkout.session",${member}`,
    );
    const bytes = new TextEncoder().encode(payload);
    const { json } = verifyEvent(bytes, sign(payload), ['whsec_a'], NOW);
    expect(json).not.toContain('secret_2');
    expect(JSON.parse(json).data.object).toMatchObject({ id: 'cs_1', client_secret: null });
  });
});

describe('what is kept of an event', () => {
  const withObject = (object: unknown): string => JSON.stringify({ ...EVENT, data: { object } });

  test('is the text that Stripe wrote, to the letter', () => {
    const payload = JSON.stringify(
      { ...EVENT, data: { object: { a: 'é \\ \n', b: 1.5 } } },
      null,
      2,
    );
    expect(verified(payload).json).toBe(payload);
  });

  test.each([
    ['a string', { client_secret: 'pi_1_secret_2' }],
    ['a string with quotes', { client_secret: 'a"b\\"c' }],
    ['deep inside', { list: [{ payment_intent: { client_secret: 'seti_secret' } }] }],
    ['no string', { client_secret: { value: 'secret' } }],
  ])('has no client secret, where that is %s', (_, object) => {
    for (const space of [0, 2]) {
      const payload = JSON.stringify({ ...EVENT, data: { object } }, null, space);
      const { json } = verified(payload);
      expect(json).not.toContain('secret"}');
      expect(JSON.parse(json)).toEqual(rewritten(JSON.parse(payload)).event);
      expect(JSON.stringify(JSON.parse(json))).toContain('"client_secret":null');
    }
  });

  test('has no client secret whose name is written in escapes', () => {
    const payload = withObject({ client_secret: 'seti_hidden' }).replace(
      'client_',
      'client\\u005f',
    );
    expect(verified(payload).json).not.toContain('hidden');
  });

  test('says what the whole event written anew would say, whatever is in it', () => {
    const name = fc.constantFrom('client_secret', 'id', '"client_secret":"x"', '\\u0000', 'é');
    const value = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }), name);
    const object = fc.dictionary(fc.oneof(name, fc.string()), value);
    fc.assert(
      fc.property(object, fc.constantFrom(0, 1), (data, space) => {
        const payload = JSON.stringify({ ...EVENT, data: { object: data } }, null, space);
        const { json } = verified(payload);
        expect(JSON.parse(json)).toEqual(rewritten(JSON.parse(payload)).event);
        expect(json).not.toMatch(/(?<!\\)(?:\\\\)*\\u(?:0000|[dD][89a-fA-F])/);
      }),
    );
  });
});

describe('a signature', () => {
  /** What somebody may have done to a header or a body on the way. */
  const hostile = fc.record({
    header: fc.constantFrom<(header: string) => string>(
      (header) => header,
      (header) => header.replace('v1=', 'v0='),
      (header) => `${header},v1=${'0'.repeat(64)}`,
      (header) => `v1=${'0'.repeat(64)},${header}`,
      (header) => header.replace('t=', 'x='),
      (header) => header.replaceAll(',', ', '),
      (header) => header.toUpperCase(),
      (header) => header.slice(0, -1),
      (header) => `${header},t=1`,
      () => '',
      () => 't=,v1=',
    ),
    body: fc.constantFrom<(text: string) => string>(
      (text) => text,
      (text) => ` ${text}`,
      (text) => `\ufeff${text}`,
      (text) => text.slice(0, -1),
    ),
    ageSeconds: fc.integer({ min: 0, max: 400 }),
    secret: fc.constantFrom('whsec_a', 'whsec_b'),
  });

  test("is never accepted where Stripe's own library refuses it, and refused of all that it accepts only for its time", () => {
    fc.assert(
      fc.property(hostile, ({ header, body: change, ageSeconds, secret }) => {
        const sent = { header: header(sign(body, secret, ageSeconds)), text: change(body) };
        const raw = Buffer.from(sent.text);
        const theirs = ((): boolean => {
          try {
            Stripe.webhooks.constructEvent(
              raw,
              sent.header,
              'whsec_a',
              300,
              undefined,
              NOW.getTime(),
            );
            return true;
          } catch {
            return false;
          }
        })();
        const ours = refusalOf(() => verify(sent.text, sent.header)) === 'accepted';
        const isOfOneTime = sent.header.match(/(?:^|,)\s*t=/g)?.length === 1;
        if (isOfOneTime) expect(ours).toBe(theirs);
        else expect(ours && !theirs).toBe(false);
      }),
    );
  });
});
