/** The open letters that an association sets free: those that name the object, and belong to its shop by now. */
import type {
  DeadLetterSummary,
  StripeObjectAssociation,
} from '@commerce/generated/ops-v1/client/types.gen.ts';
import type Stripe from 'stripe';
import { identifiersOf, resolveShop } from '../webhooks/index.ts';
import type { Acting } from './acts.ts';
import { type LetterRow, SUMMARY, summaryOf } from './letters.ts';
import { type LetterDeps, replayLetter } from './replay-letters.ts';
import type { Named, Said } from './stripe-objects.ts';

/** So many are looked at in one call, the oldest first. */
const MOST_LETTERS = 100;

/** As the index `dead_letter_by_object` has it: every text in an event's object that has the form of a Stripe id. */
const NAMES = `jsonb_path_query_array(payload, '$.data.object.** ? (@ like_regex "^[a-z]{2,10}_[A-Za-z0-9_]+$")')`;

async function waitingLetters(
  { db, config }: LetterDeps,
  { shopId, stripeId }: Named,
): Promise<DeadLetterSummary[]> {
  const { environment } = config;
  return db.asPlatform('find the letters that name an object', async (tx) => {
    const rows = await tx.sql<LetterRow & { payload: Stripe.Event }>(
      `select ${SUMMARY}, payload from dead_letter
        where ${NAMES} @> $3::jsonb and environment = $1 and state = 'open' and source = 'webhook'
        order by dead_letter_id limit $2`,
      [environment, MOST_LETTERS, JSON.stringify([stripeId])],
    );
    const waiting: DeadLetterSummary[] = [];
    for (const row of rows) {
      const resolution = await resolveShop(tx, environment, identifiersOf(row.payload));
      if (resolution.kind === 'resolved' && resolution.shopId === shopId)
        waiting.push(summaryOf(row));
    }
    return waiting;
  });
}

/** What an association answers: the letters that it sets free, or, with `replay`, how many of them were replayed. */
export async function withLetters(
  deps: LetterDeps,
  named: Named,
  { object, changed }: Said,
  by: Acting & { readonly replay: boolean },
): Promise<StripeObjectAssociation> {
  const waiting = object.state === 'proposed' ? [] : await waitingLetters(deps, named);
  const letters: DeadLetterSummary[] = [];
  let replayed = 0;
  for (const letter of waiting) {
    const done = by.replay ? await replayLetter(deps, letter.deadLetterId, by) : null;
    if (done === null || !done.ok) letters.push(letter);
    else if (done.changed) replayed += 1;
  }
  return { ...object, changed, letters, replayed };
}
