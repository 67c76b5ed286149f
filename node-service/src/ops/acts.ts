/** What operators did about webhooks: written in the transaction of the act, and never changed. */
import type { OperatorAct, OperatorActList } from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { Deps } from '../deps.ts';
import type { PlatformTx, ShopTx } from '../platform/db.ts';

/** Who asks for an act, and why. */
export type Acting = {
  readonly operator: string;
  readonly requestId: string;
  readonly reason: string;
};

type ShopActKind =
  | 'propose_stripe_object'
  | 'associate_stripe_object'
  | 'approve_stripe_object'
  | 'backfill_stripe_objects';

type ActDeps = Pick<Deps, 'clock' | 'config'>;

/** An act on a letter, whosever it is. */
export async function recordOperatorAct(
  tx: PlatformTx,
  { clock, config }: ActDeps,
  by: Acting,
  act: {
    readonly kind: 'replay_dead_letter' | 'discard_dead_letter';
    readonly deadLetterId: string;
    readonly shopId: string | null;
  },
): Promise<void> {
  await tx.sql(
    `insert into operator_act (act_id, environment, kind, subject, shop_id, reason, acted_by, request_id, acted_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      `act_${clock.uuid()}`,
      config.environment,
      act.kind,
      act.deadLetterId,
      act.shopId,
      by.reason,
      by.operator,
      by.requestId,
      clock.now(),
    ],
  );
}

/** An act on what is a shop's, in that shop. */
export async function recordShopAct(
  tx: ShopTx,
  { clock }: Pick<ActDeps, 'clock'>,
  by: Acting,
  act: { readonly kind: ShopActKind; readonly subject: string },
): Promise<void> {
  await tx.sql(
    `insert into shop_act (shop_id, act_id, kind, subject, reason, acted_by, request_id, acted_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      tx.shopId,
      `act_${clock.uuid()}`,
      act.kind,
      act.subject,
      by.reason,
      by.operator,
      by.requestId,
      clock.now(),
    ],
  );
}

type ActRow = {
  readonly act_id: string;
  readonly kind: OperatorAct['kind'];
  readonly subject: string;
  readonly shop_id: string | null;
  readonly reason: string;
  readonly acted_by: string;
  readonly request_id: string;
  readonly acted_at: string;
};

function present(row: ActRow): OperatorAct {
  return {
    actId: row.act_id,
    kind: row.kind,
    subject: row.subject,
    ...(row.shop_id === null ? {} : { shopId: row.shop_id }),
    reason: row.reason,
    actedBy: row.acted_by,
    actedAt: new Date(row.acted_at).toISOString(),
    requestId: row.request_id,
  };
}

export type ActFilter = {
  readonly shopId: string | null;
  readonly subject: string | null;
  readonly before: string | null;
  readonly limit: number;
};

/** The newest first. Of a shop: what was done to its letters and, from its own table, to its objects. */
export async function listActs(
  { db, config }: Pick<Deps, 'db' | 'config'>,
  { shopId, subject, before, limit }: ActFilter,
): Promise<OperatorActList> {
  const most = limit + 1;
  const ofLetters = await db.asPlatform('list acts of operators', (tx) =>
    tx.sql<ActRow>(
      `select * from operator_act
        where environment = $1 and ($2::text is null or shop_id = $2) and ($3::text is null or subject = $3)
          and ($4::text is null or act_id < $4)
        order by act_id desc limit $5`,
      [config.environment, shopId, subject, before, most],
    ),
  );
  const ofObjects =
    shopId === null
      ? []
      : await db.inShop(shopId, (tx) =>
          tx.sql<ActRow>(
            `select * from shop_act
              where shop_id = $1 and ($2::text is null or subject = $2) and ($3::text is null or act_id < $3)
              order by act_id desc limit $4`,
            [shopId, subject, before, most],
          ),
        );
  const rows = [...ofLetters, ...ofObjects].sort((a, b) => (a.act_id < b.act_id ? 1 : -1));
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return {
    items: page.map(present),
    ...(last === undefined ? {} : { next: last.act_id }),
  };
}
