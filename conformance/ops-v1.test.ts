/** Holds the operators' operations of webhooks against ops/v1, at the control host, over HTTP alone. */
import { operations } from '@commerce/generated/ops-v1/operations.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newKey } from './cases.ts';
import { type Contract, readContract } from './contract.ts';
import { type Received, type Sent, send } from './http.ts';
import { OPS_CASES, type OpsOperationId } from './ops-cases.ts';
import type { Target } from './target.ts';
import { startTarget } from './testing/start-target.ts';

let target: Target;
let contract: Contract;
let stop: (() => Promise<void>) | undefined;

beforeAll(async () => {
  contract = await readContract('ops-v1');
  ({ target, stop } = await startTarget());
}, 120_000);

afterAll(() => stop?.(), 60_000);

const IDS = Object.keys(OPS_CASES) as OpsOperationId[];
const WITH_BODY = IDS.filter((id) => operations[id].body !== null);

const prepare = (id: OpsOperationId): Promise<Sent> => OPS_CASES[id](target, target.shops[0].id);

function expectProblem(id: OpsOperationId, answer: Received, status: number, code: string): void {
  expect(contract.faults(id, answer)).toEqual([]);
  expect(answer.body).toMatchObject({ status, code });
}

describe.each(IDS)('%s', (id) => {
  test(`${id}/success/documented: answers 200 as the contract says`, async () => {
    for (const shop of target.shops) {
      const sent = await OPS_CASES[id](target, shop.id);
      const requestId = `conformance-${newKey()}`;
      const headers = { ...sent.headers, 'x-request-id': requestId };
      const answer = await send(target, { ...sent, headers });
      expect(contract.faults(id, answer)).toEqual([]);
      expect([answer.status, answer.headers['x-request-id']]).toEqual([200, requestId]);
    }
  });

  test(`${id}/auth/no-operator: without a token 401, with a customer's 403`, async () => {
    const sent = await prepare(id);
    expectProblem(id, await send(target, { ...sent, headers: {} }), 401, 'unauthenticated');
    const bearer = target.customerTokens[target.shops[0].id];
    const headers = { authorization: `Bearer ${bearer}` };
    expectProblem(id, await send(target, { ...sent, headers }), 403, 'forbidden');
  });

  test(`${id}/method/wrong: another method is 405 and says what is allowed`, async () => {
    const { body: _body, ...sent } = await prepare(id);
    const answer = await send(target, { ...sent, method: 'PATCH' });
    expectProblem(id, answer, 405, 'method_not_allowed');
    expect(answer.headers.allow).toContain(operations[id].method);
  });
});

describe.each(WITH_BODY)('%s', (id) => {
  test(`${id}/body/malformed: broken JSON, an unknown field or no reason is 400`, async () => {
    const { body, ...sent } = await prepare(id);
    const { reason: _reason, ...silent } = body as { reason: string };
    const bodies = ['{"broken":', { ...(body as object), surprise: true }, silent];
    for (const one of bodies) {
      const rawBody = typeof one === 'string' ? one : JSON.stringify(one);
      expectProblem(id, await send(target, { ...sent, rawBody }), 400, 'malformed_request');
    }
  });
});

describe('what cannot be done is refused as the contract says', () => {
  test('replayDeadLetter/conflict/nobody’s: an event of no shop is 409 and stays open', async () => {
    const read = await prepare('getDeadLetter');
    const answer = await send(target, {
      ...read,
      method: 'POST',
      path: `${read.path}/replay`,
      body: { reason: 'Conformance' },
    });
    expectProblem('replayDeadLetter', answer, 409, 'dead_letter_not_replayable');
    expect((await send(target, read)).body).toMatchObject({ state: 'open' });
  });

  test('discardDeadLetter/unknown: a letter that is not there is 404', async () => {
    const sent = await prepare('discardDeadLetter');
    const path = '/ops/v1/dead-letters/dl_019a2f6e-0000-7000-8000-000000000000/discard';
    const answer = await send(target, { ...sent, path });
    expectProblem('discardDeadLetter', answer, 404, 'dead_letter_not_found');
  });

  test('associateStripeObject/conflict/claimed: an object of another shop is 409 and stays there', async () => {
    const [first, second] = target.shops;
    const sent = await prepare('associateStripeObject');
    expect((await send(target, sent)).status).toBe(200);
    const path = sent.path.replace(`/shops/${first.id}/`, `/shops/${second.id}/`);
    const answer = await send(target, { ...sent, path });
    expectProblem('associateStripeObject', answer, 409, 'stripe_object_claimed');
    const read = { host: sent.host, method: 'GET', headers: sent.headers ?? {} };
    const there = await send(target, { ...read, path });
    expectProblem('getStripeObject', there, 404, 'stripe_object_not_found');
  });
});
