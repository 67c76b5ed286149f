/** What a call to Stripe came to, as the network and Stripe's own limits make it: never more certain than it is. */
import type Stripe from 'stripe';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type StripeStandIn,
  startStripeStandIn,
} from '../../../../local/stripe-stand-in/server.ts';
import { createStripe } from './client.ts';
import { outcomeOf } from './outcome.ts';

let standIn: StripeStandIn;
let stripe: Stripe;
beforeAll(async () => {
  standIn = await startStripeStandIn({ port: 0, endpoints: [] });
  stripe = createStripe({
    secretKey: 'sk_test_1',
    apiBase: standIn.url,
    timeoutMs: 300,
    webhookSecrets: [],
    billingWebhookSecrets: [],
  });
});
afterEach(() => control('DELETE'));
afterAll(() => standIn.stop());

async function control(method: 'POST' | 'DELETE', body?: object): Promise<void> {
  const answer = await fetch(`${standIn.url}/_stand-in/faults`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  expect(answer.status).toBe(200);
}
const fault = (kind: string, times: number): Promise<void> =>
  control('POST', { operation: 'customers.create', fault: kind, times });
let keys = 0;
async function outcome(): Promise<Awaited<ReturnType<typeof outcomeOf>>> {
  keys += 1;
  const idempotencyKey = `key-${keys}`;
  return outcomeOf(() => stripe.customers.create({}, { idempotencyKey }));
}

describe('a 429', () => {
  test('is waited for: the same call is made again, and its outcome is that of the last', async () => {
    await fault('rate_limit', 2);
    expect((await outcome()).kind).toBe('ok');
  });

  test('that goes on is told as what it is: nothing was done', async () => {
    await fault('rate_limit', 3);
    expect(await outcome()).toEqual({ kind: 'rate_limited' });
  });

  test.each(['close_after_commit', 'hang_after_commit'])(
    'after an attempt that got no answer (%s) leaves the outcome unknown',
    async (kind) => {
      await fault(kind, 1);
      await fault('rate_limit', 3);
      expect((await outcome()).kind).toBe('unknown');
    },
  );
});

describe('an answer', () => {
  test.each([
    ['refuse', 'refused'],
    ['error_500', 'unknown'],
    ['error_500_after_commit', 'unknown'],
    ['cut_body_after_commit', 'unknown'],
  ])('(%s) is %s', async (kind, known) => {
    await fault(kind, 1);
    expect((await outcome()).kind).toBe(known);
  });

  test('that did not come is asked for again, once, under the same key', async () => {
    await fault('close_after_commit', 1);
    expect((await outcome()).kind).toBe('ok');
  });
});
