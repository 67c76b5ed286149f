import { withRetries } from '@commerce/contracts/vocabulary/retry.ts';
import * as operations from '@commerce/generated/ops-v1/client/sdk.gen.ts';
import type {
  AssociateStripeObjectRequest,
  BackfillRequest,
  BackfillStep,
  DeadLetter,
  DeadLetterAct,
  DeadLetterReplays,
  DeadLetterSummary,
  ListDeadLettersData,
  ListOperatorActsData,
  ListWebhookEventsData,
  OperatorAct,
  ReplayDeadLettersRequest,
  StripeObject,
  StripeObjectAssociation,
  WebhookEvent,
} from '@commerce/generated/ops-v1/client/types.gen.ts';
import { type Answer, answered, clientAt } from '../operator-cli/control-plane.ts';
import type { Settings } from '../operator-cli/settings.ts';

const PAGE_SIZE = 100;

type WithoutPage<Query> = Omit<NonNullable<Query>, 'before' | 'limit'>;
export type LetterQuery = WithoutPage<ListDeadLettersData['query']>;
export type EventQuery = WithoutPage<ListWebhookEventsData['query']>;
export type ActQuery = WithoutPage<ListOperatorActsData['query']>;

/**
 * What operators see of webhooks and do about them, by the generated client. Everything is safe to repeat, and is, by the
 * one retry policy, before it fails. Everything throws an OpsRefusal, or a CommandFailure without an answer.
 */
export interface Ops {
  /** Newest first, as the other lists. */
  letters(query: LetterQuery): AsyncGenerator<DeadLetterSummary>;
  letter(deadLetterId: string): Promise<DeadLetter>;
  replay(deadLetterId: string, reason: string): Promise<DeadLetterAct>;
  /** One page of open letters, oldest first. */
  replayPage(body: ReplayDeadLettersRequest): Promise<DeadLetterReplays>;
  discard(deadLetterId: string, reason: string): Promise<DeadLetterAct>;
  object(shopId: string, stripeId: string): Promise<StripeObject>;
  associate(
    shopId: string,
    stripeId: string,
    body: AssociateStripeObjectRequest,
  ): Promise<StripeObjectAssociation>;
  approve(
    shopId: string,
    stripeId: string,
    body: AssociateStripeObjectRequest,
  ): Promise<StripeObjectAssociation>;
  backfill(shopId: string, body: BackfillRequest): Promise<BackfillStep>;
  events(query: EventQuery): AsyncGenerator<WebhookEvent>;
  acts(query: ActQuery): AsyncGenerator<OperatorAct>;
}

type Page<Item> = { readonly items: readonly Item[]; readonly next?: string | undefined };
type Place = { readonly limit: number; readonly before?: string };

async function* pages<Item>(ask: (place: Place) => Promise<Page<Item>>): AsyncGenerator<Item> {
  let before: string | undefined;
  do {
    const page = await ask({ limit: PAGE_SIZE, ...(before === undefined ? {} : { before }) });
    yield* page.items;
    before = page.next;
  } while (before !== undefined);
}

export function opsAt(settings: Settings): Ops {
  const client = clientAt(settings);
  const ask = async <Data>(call: () => Promise<Answer<Data>>): Promise<NonNullable<Data>> => {
    const answer = await withRetries(call, { safeToRepeat: true });
    return answered(Promise.resolve(answer), settings.opsUrl);
  };
  return {
    letters: (filter) =>
      pages((place) =>
        ask(() => operations.listDeadLetters({ client, query: { ...filter, ...place } })),
      ),
    letter: (deadLetterId) =>
      ask(() => operations.getDeadLetter({ client, path: { deadLetterId } })),
    replay: (deadLetterId, reason) =>
      ask(() => operations.replayDeadLetter({ client, path: { deadLetterId }, body: { reason } })),
    replayPage: (body) => ask(() => operations.replayDeadLetters({ client, body })),
    discard: (deadLetterId, reason) =>
      ask(() => operations.discardDeadLetter({ client, path: { deadLetterId }, body: { reason } })),
    object: (shopId, stripeId) =>
      ask(() => operations.getStripeObject({ client, path: { shopId, stripeId } })),
    associate: (shopId, stripeId, body) =>
      ask(() => operations.associateStripeObject({ client, path: { shopId, stripeId }, body })),
    approve: (shopId, stripeId, body) =>
      ask(() => operations.approveStripeObject({ client, path: { shopId, stripeId }, body })),
    backfill: (shopId, body) =>
      ask(() => operations.backfillStripeObjects({ client, path: { shopId }, body })),
    events: (filter) =>
      pages((place) =>
        ask(() => operations.listWebhookEvents({ client, query: { ...filter, ...place } })),
      ),
    acts: (filter) =>
      pages((place) =>
        ask(() => operations.listOperatorActs({ client, query: { ...filter, ...place } })),
      ),
  };
}
