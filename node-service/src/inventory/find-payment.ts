import type { ShopTx } from '../platform/db.ts';
import { Problem } from '../platform/problem.ts';

/** What a commit stands on. `isOrders`: of the very order that the hold is for. */
export type PaymentForHold = { readonly fact: string; readonly isOrders: boolean };

type HoldRow = { readonly order_id: string | null };
type FactRow = { readonly order_id: string; readonly kind: string; readonly has_failed: boolean };

/** In the shop's own facts alone: a payment of another shop, or one that is given back, is one that nobody has heard of. */
function readPayment({ sql, shopId }: ShopTx, reference: string): Promise<FactRow[]> {
  return sql<FactRow>(
    `select f.order_id, f.kind,
            exists (select from order_fact x where x.shop_id = f.shop_id and x.order_id = f.order_id
                       and x.kind = 'payment_failed') as has_failed
       from order_fact f
      where f.shop_id = $1 and f.reference = $2 and f.kind in ('payment_succeeded', 'payment_processing')
        and not exists (select from order_fact d where d.shop_id = f.shop_id and d.order_id = f.order_id
                           and d.kind = 'refund_due' and d.reference = f.reference)`,
    [shopId, reference],
  );
}

/**
 * The payment that may turn this hold into sold stock. The hold of a checkout follows its own order's payment, and that
 * may still be under way; any other hold needs money that has come in, and that has paid for no other hold. One round
 * trip, which ends the transaction.
 * @returns or why there is none: hold_not_found, not_found, hold_has_session
 */
export async function findPaymentFor(
  tx: ShopTx,
  holdId: string,
  reference: string,
): Promise<PaymentForHold | Problem> {
  const [[hold], facts, spent] = await Promise.all([
    tx.sql<HoldRow>('select order_id from hold where shop_id = $1 and hold_id = $2', [
      tx.shopId,
      holdId,
    ]),
    readPayment(tx, reference),
    tx.sql(
      'select 1 from hold_payment where shop_id = $1 and payment_reference = $2 and hold_id <> $3',
      [tx.shopId, reference, holdId],
      'commit',
    ),
  ]);
  if (hold === undefined)
    return new Problem('hold_not_found', { detail: 'This shop has no such hold.' });
  const succeeded = facts.find(({ kind }) => kind === 'payment_succeeded');
  const known = succeeded ?? facts.find(({ has_failed }) => !has_failed);
  if (known === undefined)
    return new Problem('not_found', { detail: 'This shop knows of no such payment.' });
  const fact = `${known.kind}:${reference}`;
  if (hold.order_id !== null) {
    if (known.order_id === hold.order_id) return { fact, isOrders: true };
    return new Problem('hold_has_session', {
      detail: 'The hold of a checkout is committed by the payment of its own order alone.',
    });
  }
  if (succeeded === undefined)
    return new Problem('not_found', { detail: 'The payment has not come in yet.' });
  if (spent.length > 0)
    return new Problem('not_found', { detail: 'The payment has paid for another hold.' });
  return { fact, isOrders: false };
}
