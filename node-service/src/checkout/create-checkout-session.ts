import type {
  CheckoutSession,
  CreateCheckoutSessionRequest,
} from '@commerce/generated/node-v1/client/types.gen.ts';
import type { KeyedLine } from '../catalogue/index.ts';
import type { Deps } from '../deps.ts';
import { inventoryConflict } from '../inventory/index.ts';
import { claimProblem } from '../platform/answer-once.ts';
import { secondsAfter } from '../platform/clock.ts';
import { hashOf } from '../platform/content-hash.ts';
import { isUniqueViolation } from '../platform/db.ts';
import {
  abandon,
  type ClaimKey,
  complete,
  findClaim,
  type HeldClaim,
  type KnownClaim,
  renewLease,
  resume,
} from '../platform/idempotency.ts';
import { Problem } from '../platform/problem.ts';
import type { Shop } from '../tenancy/index.ts';
import { releaseOtherCheckouts } from './one-checkout-per-cart.ts';
import { openSession } from './open-session.ts';
import type { Order, OrderToOpen } from './order.entities.ts';
import { findOrdersOfCart, findOrderToOpen } from './order-rows.ts';
import { FIRST_TOKEN_VERSION, mintOrderToken } from './order-token.ts';
import { placeOrder } from './place-order.ts';
import { quote, readTerms, requestedLines } from './quote.ts';

export type CreateCheckoutSession = {
  readonly shop: Shop;
  readonly canonicalHost: string;
  readonly requestId: string;
  readonly idempotencyKey: string;
  readonly request: CreateCheckoutSessionRequest;
};

export type CheckoutAnswer = { readonly body: CheckoutSession; readonly replayed: boolean };

function cartIdOf({ items, cart }: CreateCheckoutSessionRequest): string | undefined {
  return items === undefined ? cart?.id : undefined;
}

/** The scope of the key: the cart where there is one, else the key itself, which is too long to guess. */
function claimOf(
  { request, idempotencyKey }: CreateCheckoutSession,
  keyed: readonly KeyedLine[],
): ClaimKey & { requestHash: string } {
  const cartId = cartIdOf(request);
  const lines = keyed.map(({ variantKey, quantity, rental }) => ({ variantKey, quantity, rental }));
  const { items: _items, cart: _cart, ...rest } = request;
  return {
    operation: 'createCheckoutSession',
    principal: cartId ?? idempotencyKey,
    key: idempotencyKey,
    requestHash: hashOf({ ...rest, cartId, lines }),
  };
}

function withoutToken(
  order: Order,
  session: { id: string; clientSecret: string | null },
): Omit<CheckoutSession, 'accessToken'> {
  if (session.clientSecret === null) throw new Error(`session ${session.id} has no client secret`);
  return {
    orderId: order.orderId,
    checkoutSessionId: session.id,
    clientSecret: session.clientSecret,
    holdId: order.holdId,
    holdExpiresAt: order.holdExpiresAt.toISOString(),
    amounts: {
      currency: order.currency,
      subtotal: order.subtotalMinor,
      tax: order.taxMinor,
      shipping: order.shippingMinor,
      discount: order.discountMinor,
      deposit: order.depositMinor,
      total: order.totalMinor,
    },
  };
}

async function readOrder(deps: Deps, shopId: string, orderId: string): Promise<OrderToOpen> {
  const order = await deps.db.inShop(shopId, (tx) =>
    findOrderToOpen(tx, orderId, 'read', 'commit'),
  );
  if (order === null) throw new Error(`no order ${orderId}`);
  return order;
}

/** Nothing is held any more. An amount that Stripe does not take is the order's fault, anything else Stripe's. */
function refusedByStripe(code: string): Problem {
  if (code === 'amount_too_small' || code === 'amount_too_large') {
    return new Problem('amount_invalid', {
      detail: `The payment provider does not take the amount: ${code}.`,
    });
  }
  const detail = 'The payment provider did not start the payment. Nothing is held; try again.';
  return new Problem('payment_provider_unavailable', { detail });
}

/** Takes a placed order to Stripe. @throws Problem 502 after a definite refusal, 503 where the outcome is unknown. */
async function pay(
  deps: Deps,
  order: OrderToOpen,
  claim: ClaimKey,
  isFirstCall: boolean,
): Promise<CheckoutAnswer> {
  const { shopId } = order;
  const held: HeldClaim = { ...claim, recoveryPoint: order.orderId };
  if (order.sessionState !== 'creating' && order.sessionState !== 'open') {
    await deps.db.inShop(shopId, (tx) => abandon(tx, held));
    throw new Problem('checkout_not_open', {
      detail: 'This checkout was left unfinished and has ended. Start anew.',
    });
  }
  const opened = await openSession(deps, shopId, order, {
    held,
    isFirstCall,
    onOpened: (tx, session) =>
      complete(tx, held, {
        status: 201,
        body: withoutToken(order, { id: session.id, clientSecret: session.client_secret }),
      }),
  });
  if (opened.kind === 'refused') throw refusedByStripe(opened.code);
  if (opened.kind === 'unknown') {
    // The lease ends here, so that the same key can pick the order up at once.
    await deps.db.inShop(shopId, (tx) => renewLease(tx, held, deps.clock.now()));
    throw new Problem(
      'payment_outcome_unknown',
      {
        detail:
          'The payment provider has not answered. The items are held; repeat the request with the same key.',
      },
      { cause: opened.cause, retryAfterMs: 2_000 },
    );
  }
  const body = withoutToken(order, {
    id: opened.session.id,
    clientSecret: opened.session.client_secret,
  });
  const known: Order = { ...order, checkoutSessionId: opened.session.id };
  return { body: { ...body, accessToken: await mintOrderToken(deps, known) }, replayed: false };
}

/** What a key that was used before leads to. */
async function answerClaim(
  deps: Deps,
  shopId: string,
  key: ClaimKey,
  result: KnownClaim,
): Promise<CheckoutAnswer> {
  switch (result.kind) {
    case 'done': {
      const order = await readOrder(deps, shopId, result.recoveryPoint ?? '');
      const body = result.answer.body as Omit<CheckoutSession, 'accessToken'>;
      // The version of the first answer: repeating a request brings no revoked token back.
      const first = { ...order, tokenVersion: FIRST_TOKEN_VERSION };
      return { body: { ...body, accessToken: await mintOrderToken(deps, first) }, replayed: true };
    }
    case 'resumed':
      return pay(deps, await readOrder(deps, shopId, result.recoveryPoint), key, false);
    case 'running':
    case 'reused':
      throw claimProblem(result, deps.clock.now());
  }
}

/**
 * Checkout, in the order that a crash between any two steps survives: one transaction for claim, hold, order and
 * recovery job; then Stripe; then the session's id.
 * @throws Problem as the contract says.
 */
export async function createCheckoutSession(
  deps: Deps,
  call: CreateCheckoutSession,
): Promise<CheckoutAnswer> {
  const { shopId } = call.shop;
  const keyed = requestedLines(call.request);
  const claim = claimOf(call, keyed);
  const now = deps.clock.now();
  const cartId = cartIdOf(call.request);
  const [known, earlier, terms] = await deps.db.inShop(shopId, (tx) =>
    Promise.all([
      findClaim(tx, claim, claim.requestHash, now),
      cartId === undefined ? [] : findOrdersOfCart(tx, cartId),
      readTerms(tx, keyed, call.request),
    ]),
  );
  if (known !== null) {
    // What was left half done is taken over under its row's lock, as it was agreed: prices may have changed since.
    const leaseUntil = secondsAfter(now, deps.config.timing.claimLeaseSeconds);
    const result =
      known.kind === 'resumed'
        ? await deps.db.inShop(shopId, (tx) => resume(tx, { ...claim, leaseUntil }, now))
        : known;
    return answerClaim(deps, shopId, claim, result);
  }
  const quoted = await quote(deps, call.shop, call.request, { keyed, terms, now });
  await releaseOtherCheckouts(deps, shopId, earlier);
  const { order, outcome } = await placeOrder(deps, { ...call, quote: quoted, claim }).catch(
    (error: unknown) => {
      if (!isUniqueViolation(error)) throw error;
      throw new Problem(
        'idempotency_in_progress',
        { detail: 'Another checkout of this cart is being made.' },
        { cause: error, retryAfterMs: 1_000 },
      );
    },
  );
  if (outcome.kind === 'claim') return answerClaim(deps, shopId, claim, outcome.result);
  if (outcome.kind === 'refused') throw refusal(outcome);
  if (outcome.kind !== 'done') throw new Error(`a new hold is ${outcome.kind}`);
  deps.killPoint('checkout.after_placed');
  return pay(deps, order, claim, true);
}

function refusal(
  outcome: Extract<Awaited<ReturnType<typeof placeOrder>>['outcome'], { kind: 'refused' }>,
): Problem {
  if (outcome.reason === 'hold_has_session') throw new Error('a new hold has a session');
  return inventoryConflict(outcome.reason, outcome.items, outcome.retryAfterMs);
}
