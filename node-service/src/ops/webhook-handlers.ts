import type {
  ActReason,
  AssociateStripeObjectRequest,
  BackfillRequest,
  ReplayDeadLettersRequest,
} from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { Deps } from '../deps.ts';
import { findNamedShop } from '../http/authorize.ts';
import type { Call, Handler, NamedShopCall } from '../http/operation.ts';
import { type Acting, listActs } from './acts.ts';
import { backfillObjects } from './backfill-objects.ts';
import { discardDeadLetter } from './discard-letter.ts';
import { listLetters, readLetter } from './letters.ts';
import { listEvents } from './list-events.ts';
import { replayDeadLetter, replayDeadLetters } from './replay-letters.ts';
import {
  approveStripeObject,
  associateStripeObject,
  type Named,
  readStripeObject,
} from './stripe-objects.ts';
import { withLetters } from './waiting-letters.ts';

const DEFAULT_PAGE = 50;
const DEFAULT_STEP = 100;

function pageOf({ query }: Call): { readonly before: string | null; readonly limit: number } {
  return { before: query.get('before'), limit: Number(query.get('limit') ?? DEFAULT_PAGE) };
}

function actingOf({ bearer, requestId, body }: Call): Acting {
  if (bearer === undefined) throw new Error('an act of an operator asks for no token');
  const { reason } = body as ActReason;
  return { operator: bearer.subject, requestId, reason };
}

function objectOf({ shop, params }: NamedShopCall): Named {
  return { shopId: shop.shopId, stripeId: params.stripeId ?? '' };
}

function letterHandlers(deps: Deps) {
  return {
    listDeadLetters: {
      scope: 'platform',
      handle: async (call) => {
        const filter = {
          state: call.query.get('state'),
          reason: call.query.get('reason'),
          source: call.query.get('source'),
          shopId: call.query.get('shopId'),
          eventType: call.query.get('eventType'),
        };
        return { status: 200, body: await listLetters(deps, { ...filter, ...pageOf(call) }) };
      },
    },
    getDeadLetter: {
      scope: 'platform',
      handle: async ({ params }) => ({
        status: 200,
        body: await readLetter(deps, params.deadLetterId ?? ''),
      }),
    },
    replayDeadLetter: {
      scope: 'platform',
      handle: async (call) => {
        const { deadLetterId = '' } = call.params;
        return { status: 200, body: await replayDeadLetter(deps, deadLetterId, actingOf(call)) };
      },
    },
    replayDeadLetters: {
      scope: 'platform',
      handle: async (call) => {
        const { filter, after, limit } = call.body as ReplayDeadLettersRequest;
        const { reason, source, shopId, eventType } = filter;
        const page = {
          filter: {
            reason: reason ?? null,
            source: source ?? null,
            shopId: shopId ?? null,
            eventType: eventType ?? null,
          },
          after: after ?? null,
          limit: limit ?? DEFAULT_PAGE,
        };
        return { status: 200, body: await replayDeadLetters(deps, actingOf(call), page) };
      },
    },
    discardDeadLetter: {
      scope: 'platform',
      handle: async (call) => {
        const { deadLetterId = '' } = call.params;
        return { status: 200, body: await discardDeadLetter(deps, deadLetterId, actingOf(call)) };
      },
    },
  } as const satisfies Record<string, Handler>;
}

function objectHandlers(deps: Deps) {
  return {
    getStripeObject: {
      scope: 'named_shop',
      handle: async (call) => ({
        status: 200,
        body: await readStripeObject(deps, objectOf(call)),
      }),
    },
    associateStripeObject: {
      scope: 'named_shop',
      handle: async (call) => {
        const { replay = false } = call.body as AssociateStripeObjectRequest;
        const [named, by] = [objectOf(call), actingOf(call)];
        const said = await associateStripeObject(deps, named, by);
        return { status: 200, body: await withLetters(deps, named, said, { ...by, replay }) };
      },
    },
    approveStripeObject: {
      scope: 'named_shop',
      handle: async (call) => {
        const { replay = false } = call.body as AssociateStripeObjectRequest;
        const [named, by] = [objectOf(call), actingOf(call)];
        const said = await approveStripeObject(deps, named, by);
        return { status: 200, body: await withLetters(deps, named, said, { ...by, replay }) };
      },
    },
    backfillStripeObjects: {
      scope: 'named_shop',
      handle: async (call) => {
        const { after = null, limit = DEFAULT_STEP } = call.body as BackfillRequest;
        const step = { after, limit };
        const body = await backfillObjects(deps, call.shop.shopId, actingOf(call), step);
        return { status: 200, body };
      },
    },
  } as const satisfies Record<string, Handler>;
}

/** What operators see of webhooks, and do about them. Every act says who, when and why. */
export function webhookOperatorHandlers(deps: Deps) {
  return {
    ...letterHandlers(deps),
    ...objectHandlers(deps),
    listWebhookEvents: {
      scope: 'platform',
      handle: async (call) => {
        const filter = {
          status: call.query.get('status'),
          shopId: call.query.get('shopId'),
          eventType: call.query.get('eventType'),
          stripeEventId: call.query.get('stripeEventId'),
        };
        return { status: 200, body: await listEvents(deps, { ...filter, ...pageOf(call) }) };
      },
    },
    listOperatorActs: {
      scope: 'platform',
      handle: async (call) => {
        const shopId = call.query.get('shopId');
        if (shopId !== null) await findNamedShop(deps, shopId);
        const subject = call.query.get('subject');
        return { status: 200, body: await listActs(deps, { shopId, subject, ...pageOf(call) }) };
      },
    },
  } as const satisfies Record<string, Handler>;
}
