/** Which shop a Stripe object belongs to, where an operator says so: who, when and why, in the shop that it is about. */
import type { StripeObject } from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { Deps } from '../deps.ts';
import { type ShopTx, sqlState } from '../platform/db.ts';
import { Problem } from '../platform/problem.ts';
import { type Acting, recordShopAct } from './acts.ts';
import { objectTypeOf } from './stripe-object-types.rules.ts';

export type ObjectDeps = Pick<Deps, 'db' | 'config' | 'clock'>;

/** An object of Stripe's, and the shop that it is said to be of. */
export type Named = { readonly shopId: string; readonly stripeId: string };

type Owner = { readonly shop_id: string; readonly order_id: string | null };

type AssociationRow = {
  readonly state: 'proposed' | 'associated';
  readonly reason: string;
  readonly proposed_by: string;
  readonly proposed_at: string;
  readonly approved_by: string | null;
  readonly approved_at: string | null;
};

/** @throws Problem malformed_request for an id that the contract should have refused */
function typeOf(stripeId: string): string {
  const objectType = objectTypeOf(stripeId);
  if (objectType !== null) return objectType;
  throw new Problem('malformed_request', { detail: 'No shop can have an object of this kind.' });
}

async function ownerOf({ db, config }: ObjectDeps, stripeId: string): Promise<Owner | null> {
  const [owner] = await db.asPlatform('whose is a Stripe object', (tx) =>
    tx.sql<Owner>(
      `select shop_id, order_id from stripe_object_shop_map
        where environment = $1 and object_type = $2 and stripe_id = $3`,
      [config.environment, typeOf(stripeId), stripeId],
    ),
  );
  return owner ?? null;
}

function claimedBy({ shop_id }: Owner, stripeId: string): Problem {
  const detail = `${stripeId} belongs to ${shop_id}. An object never changes its shop.`;
  return new Problem('stripe_object_claimed', { detail });
}

async function findAssociation(
  tx: ShopTx,
  environment: string,
  stripeId: string,
  lock = '',
): Promise<AssociationRow | null> {
  const [row] = await tx.sql<AssociationRow>(
    `select state, reason, proposed_by, proposed_at, approved_by, approved_at from stripe_object_association
      where shop_id = $1 and environment = $2 and stripe_id = $3 ${lock}`,
    [tx.shopId, environment, stripeId],
  );
  return row ?? null;
}

function present(
  { shopId, stripeId }: Named,
  owner: Owner | null,
  row: AssociationRow | null,
): StripeObject {
  const orderId = owner?.order_id ?? null;
  return {
    shopId,
    stripeId,
    objectType: typeOf(stripeId),
    // What the map has by now waits for nobody's approval.
    state: row === null || (row.state === 'proposed' && owner !== null) ? 'known' : row.state,
    ...(orderId === null ? {} : { orderId }),
    ...(row === null
      ? {}
      : {
          proposedBy: row.proposed_by,
          proposedAt: new Date(row.proposed_at).toISOString(),
          reason: row.reason,
        }),
    ...(row === null || row.approved_by === null || row.approved_at === null
      ? {}
      : { approvedBy: row.approved_by, approvedAt: new Date(row.approved_at).toISOString() }),
  };
}

/** @throws Problem stripe_object_not_found, which names the owner where there is another */
export async function readStripeObject(deps: ObjectDeps, named: Named): Promise<StripeObject> {
  const { shopId, stripeId } = named;
  const owner = await ownerOf(deps, stripeId);
  const row = await deps.db.inShop(shopId, (tx) =>
    findAssociation(tx, deps.config.environment, stripeId),
  );
  if (owner !== null && owner.shop_id !== shopId)
    throw new Problem('stripe_object_not_found', {
      detail: `${stripeId} belongs to ${owner.shop_id}.`,
    });
  if (owner === null && row === null)
    throw new Problem('stripe_object_not_found', {
      detail: `This shop has no object ${stripeId}, and nobody has proposed it.`,
    });
  return present(named, owner, row);
}

/** The map has it from here on, in the transaction of the act. @throws where another shop was faster */
async function claim(tx: ShopTx, environment: string, stripeId: string): Promise<void> {
  await tx.sql('select claim_stripe_object($1, $2, $3, null)', [
    environment,
    typeOf(stripeId),
    stripeId,
  ]);
}

const INSUFFICIENT_PRIVILEGE = '42501';

/** @throws Problem stripe_object_claimed where `work` met another shop's claim */
async function unlessClaimed(
  deps: ObjectDeps,
  { shopId, stripeId }: Named,
  work: (tx: ShopTx) => Promise<boolean>,
): Promise<boolean> {
  try {
    return await deps.db.inShop(shopId, work);
  } catch (error) {
    if (sqlState(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    const owner = await ownerOf(deps, stripeId);
    if (owner === null || owner.shop_id === shopId) throw error;
    throw claimedBy(owner, stripeId);
  }
}

/** A row that nobody has written yet. @returns false where somebody has, at this moment perhaps. */
async function insertAssociation(
  tx: ShopTx,
  deps: ObjectDeps,
  stripeId: string,
  state: AssociationRow['state'],
  by: Acting,
): Promise<boolean> {
  const rows = await tx.sql(
    `insert into stripe_object_association
       (shop_id, environment, object_type, stripe_id, state, reason, proposed_by, proposed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning 1`,
    [
      tx.shopId,
      deps.config.environment,
      typeOf(stripeId),
      stripeId,
      state,
      by.reason,
      by.operator,
      deps.clock.now(),
    ],
  );
  return rows.length > 0;
}

async function approve(
  tx: ShopTx,
  deps: ObjectDeps,
  stripeId: string,
  approvedBy: string | null,
): Promise<void> {
  await tx.sql(
    `update stripe_object_association
        set state = 'associated', approved_by = $4, approved_at = case when $4::text is not null then $5::timestamptz end
      where shop_id = $1 and environment = $2 and stripe_id = $3`,
    [tx.shopId, deps.config.environment, stripeId, approvedBy, deps.clock.now()],
  );
}

/** Where one operator's word is enough: also for what was proposed while it was not. */
async function associateNow(
  tx: ShopTx,
  deps: ObjectDeps,
  stripeId: string,
  by: Acting,
): Promise<boolean> {
  const { environment } = deps.config;
  const isNew = await insertAssociation(tx, deps, stripeId, 'associated', by);
  if (!isNew) {
    const row = await findAssociation(tx, environment, stripeId, 'for update');
    if (row?.state === 'associated') return false;
    await approve(tx, deps, stripeId, row?.proposed_by === by.operator ? null : by.operator);
  }
  await recordShopAct(tx, deps, by, { kind: 'associate_stripe_object', subject: stripeId });
  await claim(tx, environment, stripeId);
  return true;
}

async function propose(
  tx: ShopTx,
  deps: ObjectDeps,
  stripeId: string,
  by: Acting,
): Promise<boolean> {
  const isNew = await insertAssociation(tx, deps, stripeId, 'proposed', by);
  if (isNew)
    await recordShopAct(tx, deps, by, { kind: 'propose_stripe_object', subject: stripeId });
  return isNew;
}

/** What the object is after an act, and whether the act changed it. */
export type Said = { readonly object: StripeObject; readonly changed: boolean };

/**
 * Makes the object the shop's, or proposes to, where four eyes are asked for.
 * @throws Problem stripe_object_claimed
 */
export async function associateStripeObject(
  deps: ObjectDeps,
  named: Named,
  by: Acting,
): Promise<Said> {
  const { shopId, stripeId } = named;
  const owner = await ownerOf(deps, stripeId);
  if (owner !== null && owner.shop_id !== shopId) throw claimedBy(owner, stripeId);
  // What the platform knows already needs nobody's word.
  const changed =
    owner === null &&
    (await unlessClaimed(deps, named, (tx) =>
      deps.config.fourEyesAssociations
        ? propose(tx, deps, stripeId, by)
        : associateNow(tx, deps, stripeId, by),
    ));
  return { object: await readStripeObject(deps, named), changed };
}

/**
 * Another operator's word for what one has proposed.
 * @throws Problem stripe_object_not_found, second_operator_required, stripe_object_claimed
 */
export async function approveStripeObject(
  deps: ObjectDeps,
  named: Named,
  by: Acting,
): Promise<Said> {
  const { stripeId } = named;
  const { environment } = deps.config;
  const changed = await unlessClaimed(deps, named, async (tx) => {
    const row = await findAssociation(tx, environment, stripeId, 'for update');
    if (row === null)
      throw new Problem('stripe_object_not_found', {
        detail: `Nobody has proposed ${stripeId} for this shop.`,
      });
    if (row.state === 'associated') return false;
    if (row.proposed_by === by.operator)
      throw new Problem('second_operator_required', {
        detail: `${by.operator} proposed this association; another operator must approve it.`,
      });
    await approve(tx, deps, stripeId, by.operator);
    await recordShopAct(tx, deps, by, { kind: 'approve_stripe_object', subject: stripeId });
    await claim(tx, environment, stripeId);
    return true;
  });
  return { object: await readStripeObject(deps, named), changed };
}
