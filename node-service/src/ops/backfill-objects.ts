import type { BackfillStep } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { Problem } from '../platform/problem.ts';
import { BackfillCursorError, backfillStep } from '../webhooks/index.ts';
import { type Acting, recordShopAct } from './acts.ts';
import type { ObjectDeps } from './stripe-objects.ts';

/** What the audit says of a step that began at the first record. */
const BEGINNING = 'beginning';

/**
 * One step over the shop's own records; what it learns and who asked for it are one transaction.
 * @param step.after the `next` of the step before, or null to begin
 * @throws Problem malformed_request for an `after` that no step has answered
 */
export async function backfillObjects(
  deps: ObjectDeps,
  shopId: string,
  by: Acting,
  step: { readonly after: string | null; readonly limit: number },
): Promise<BackfillStep> {
  const act = { kind: 'backfill_stripe_objects', subject: step.after ?? BEGINNING } as const;
  try {
    const { examined, added, conflicts, next } = await backfillStep(deps, shopId, step, (tx) =>
      recordShopAct(tx, deps, by, act),
    );
    return {
      examined,
      added,
      conflicts: [...conflicts],
      ...(next === null ? {} : { next }),
    };
  } catch (error) {
    if (!(error instanceof BackfillCursorError)) throw error;
    throw new Problem('malformed_request', {
      detail: 'The place to go on from is none.',
      errors: [{ path: '/body/after', message: 'is not the `next` of a step' }],
    });
  }
}
