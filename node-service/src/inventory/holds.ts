/** The four hold operations. Each is one request to the allocator, which stores claim, decision and answer together. */
import type { Hold, StockLine } from '@commerce/generated/node-v1/client/types.gen.ts';
import { keyLines } from '../catalogue/index.ts';
import type { Deps } from '../deps.ts';
import { claimProblem } from '../platform/answer-once.ts';
import { secondsAfter } from '../platform/clock.ts';
import { hashOf } from '../platform/content-hash.ts';
import { isUniqueViolation } from '../platform/db.ts';
import { type ClaimRequest, findClaim, type KnownClaim } from '../platform/idempotency.ts';
import { Problem } from '../platform/problem.ts';
import type { Shop } from '../tenancy/index.ts';
import { addUpLines, type HoldInHand, type HoldLine } from './allocation.rules.ts';
import type { AllocationOutcome, AllocationRequest } from './allocator.ts';
import { inventoryConflict } from './conflict.ts';
import { findPaymentFor } from './find-payment.ts';
import { readHoldLines, skuOf } from './stock-rows.ts';

export type HoldDeps = Pick<Deps, 'db' | 'clock' | 'config' | 'allocator'>;

export type HoldAnswer = { readonly body: Hold; readonly replayed: boolean };

type HoldOperation = 'createHold' | 'extendHold' | 'commitHold' | 'releaseHold';

type HoldCall = {
  readonly shopId: string;
  readonly holdId: string;
  readonly idempotencyKey: string;
};

function present(hold: HoldInHand): Hold {
  return {
    holdId: hold.holdId,
    state: hold.state,
    expiresAt: hold.expiresAt.toISOString(),
    lines: hold.lines.map(({ variantKey, sku, quantity }) => ({ variantKey, sku, quantity })),
  };
}

function holdNotFound(): Problem {
  return new Problem('hold_not_found', { detail: 'This shop has no such hold.' });
}

/** Nobody but the gateway calls: the key, which is too long to guess, is its own scope. */
function claimOf(
  deps: HoldDeps,
  operation: HoldOperation,
  { holdId, idempotencyKey }: Omit<HoldCall, 'shopId'>,
  content: object,
): ClaimRequest {
  return {
    operation,
    principal: idempotencyKey,
    key: idempotencyKey,
    requestHash: hashOf(content),
    recoveryPoint: holdId,
    leaseUntil: secondsAfter(deps.clock.now(), deps.config.timing.claimLeaseSeconds),
  };
}

/** What a key that was used before is answered with. @throws Problem idempotency_key_reused */
function replay(deps: HoldDeps, known: KnownClaim): HoldAnswer {
  if (known.kind === 'done') return { body: known.answer.body as Hold, replayed: true };
  if (known.kind === 'resumed') throw new Error('a claim of a hold was left without its answer');
  throw claimProblem(known, deps.clock.now());
}

/** A refusal that was found before the allocator was asked: a repeated request has its first answer all the same. */
async function replayOrThrow(
  deps: HoldDeps,
  shopId: string,
  claim: ClaimRequest,
  refusal: Problem,
): Promise<HoldAnswer> {
  const now = deps.clock.now();
  const known = await deps.db.inShop(shopId, (tx) =>
    findClaim(tx, claim, claim.requestHash, now, 'commit'),
  );
  if (known === null) throw refusal;
  return replay(deps, known);
}

/** @throws Problem the inventory contract, hold_has_session, hold_not_found */
async function refuse(
  deps: HoldDeps,
  { shopId, holdId }: Omit<HoldCall, 'idempotencyKey'>,
  outcome: Extract<AllocationOutcome, { kind: 'refused' }>,
): Promise<never> {
  if (outcome.reason === 'hold_has_session')
    throw new Problem('hold_has_session', {
      detail: 'The hold lives as long as its checkout session.',
    });
  if (outcome.items.length > 0)
    throw inventoryConflict(outcome.reason, outcome.items, outcome.retryAfterMs);
  // Nobody has looked at the hold yet: the conflict says what it was about.
  const lines = await deps.db.inShop(shopId, (tx) => readHoldLines(tx, holdId));
  if (lines.length === 0) throw holdNotFound();
  const items = lines.map(({ variantKey, sku, quantity }) => ({
    variantKey,
    sku,
    requested: quantity,
  }));
  throw inventoryConflict(outcome.reason, items, outcome.retryAfterMs);
}

async function submit(
  deps: HoldDeps,
  call: Omit<HoldCall, 'idempotencyKey'>,
  status: 200 | 201,
  request: AllocationRequest & { readonly claim: ClaimRequest },
): Promise<HoldAnswer> {
  const outcome = await deps.allocator.submit(call.shopId, {
    ...request,
    answer: (hold) => ({ status, body: present(hold) }),
  });
  switch (outcome.kind) {
    case 'done':
    case 'unchanged':
      return { body: outcome.answer?.body as Hold, replayed: false };
    case 'claim':
      return replay(deps, outcome.result);
    case 'no_such_hold':
      throw holdNotFound();
    case 'refused':
      return refuse(deps, call, outcome);
    default:
      throw new Error(`a hold was ${outcome.kind}`);
  }
}

function overLimit(lines: readonly HoldLine[], shop: Shop): Problem | null {
  const over = lines.find(({ quantity }) => quantity > shop.maxUnitsPerLine);
  if (over === undefined) return null;
  return new Problem('quantity_over_limit', {
    detail: `${over.quantity} units of ${over.variantKey}; this shop sells ${shop.maxUnitsPerLine} at most in one order.`,
  });
}

/** @throws Problem quantity_over_limit, the inventory contract */
export async function createHold(
  deps: HoldDeps,
  call: {
    readonly shop: Shop;
    readonly items: readonly StockLine[];
    readonly ttlSeconds: number;
    readonly idempotencyKey: string;
  },
): Promise<HoldAnswer> {
  const { shop, ttlSeconds, idempotencyKey } = call;
  const { shopId } = shop;
  const holdId = deps.clock.id('hold');
  const lines = addUpLines(
    keyLines(call.items, '/body/items').map(({ variantKey, quantity }) => ({
      variantKey,
      sku: skuOf(variantKey),
      quantity,
    })),
  );
  const content = { ttlSeconds, lines: lines.map((line) => [line.variantKey, line.quantity]) };
  const claim = claimOf(deps, 'createHold', { holdId, idempotencyKey }, content);
  const refusal = overLimit(lines, shop);
  if (refusal !== null) return replayOrThrow(deps, shopId, claim, refusal);
  return submit(deps, { shopId, holdId }, 201, {
    action: {
      kind: 'create',
      holdId,
      orderId: null,
      lines,
      expiry: 'clock',
      expiresAt: secondsAfter(deps.clock.now(), ttlSeconds),
    },
    claim,
  });
}

/** @throws Problem hold_not_found, hold_has_session, the inventory contract */
export async function extendHold(
  deps: HoldDeps,
  call: HoldCall & { readonly ttlSeconds: number },
): Promise<HoldAnswer> {
  const { holdId, ttlSeconds } = call;
  return submit(deps, call, 200, {
    action: {
      kind: 'extend',
      holdId,
      expiresAt: secondsAfter(deps.clock.now(), ttlSeconds),
    },
    claim: claimOf(deps, 'extendHold', call, { holdId, ttlSeconds }),
  });
}

/**
 * Sells what is held, for a payment that the shop knows (contracts/decisions/0008-holds.md).
 * @throws Problem hold_not_found, not_found, hold_has_session, the inventory contract
 */
export async function commitHold(
  deps: HoldDeps,
  call: HoldCall & { readonly paymentReference: string },
): Promise<HoldAnswer> {
  const { shopId, holdId, paymentReference } = call;
  const claim = claimOf(deps, 'commitHold', call, { holdId, paymentReference });
  const findPayment = () =>
    deps.db.inShop(shopId, (tx) => findPaymentFor(tx, holdId, paymentReference));
  const payment = await findPayment();
  if (payment instanceof Problem) return replayOrThrow(deps, shopId, claim, payment);
  const spent = {
    payment_reference: paymentReference,
    hold_id: holdId,
    committed_at: deps.clock.now(),
  };
  try {
    return await submit(deps, call, 200, {
      action: { kind: 'commit', holdId, paymentFact: payment.fact },
      claim,
      // Of two holds that one payment is to pay for at this moment, the second fails here, and nothing of it is written.
      ...(payment.isOrders
        ? {}
        : { rows: [{ table: 'hold_payment', rows: [spent], onConflict: 'fail' }] }),
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const now = await findPayment();
    throw now instanceof Problem ? now : error;
  }
}

/** @throws Problem hold_not_found, hold_has_session, the inventory contract */
export async function releaseHold(deps: HoldDeps, call: HoldCall): Promise<HoldAnswer> {
  const { holdId } = call;
  return submit(deps, call, 200, {
    action: { kind: 'release', holdId, unproven: true },
    claim: claimOf(deps, 'releaseHold', call, { holdId }),
  });
}
