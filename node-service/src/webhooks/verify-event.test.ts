import Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { Problem } from '../platform/problem.ts';
import { verifyEvent } from './verify-event.ts';

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

function verify(payload: string, header: string | undefined, secrets = ['whsec_a']): Stripe.Event {
  return verifyEvent(new TextEncoder().encode(payload), header, secrets, NOW);
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
    const { data } = verify(payload, sign(payload));
    expect(data.object).toEqual({
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
});
