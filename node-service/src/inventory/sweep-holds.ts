import type { Deps } from '../deps.ts';
import { errorFields } from '../platform/log.ts';

/** One request to the allocator names so many holds at most. */
const HOLDS_AT_ONCE = 200;
/** A shop with a backlog is left for the next round after so many requests, so that the others have their turn. */
const REQUESTS_A_ROUND = 5;

type Sweeping = Pick<Deps, 'db' | 'shops' | 'allocator' | 'clock' | 'log'>;

/**
 * Frees what is held by holds whose own time ran out, shop by shop. An allocation of the same variant would have freed
 * it too: this is for the stock that nobody asks for, whose figures would stay wrong. A shop that fails is logged, and
 * the others are swept all the same.
 * @returns how many holds were ended.
 */
export async function sweepHolds(deps: Sweeping): Promise<number> {
  let ended = 0;
  for (const { shopId } of await deps.shops.all()) {
    try {
      ended += await sweepShop(deps, shopId);
    } catch (error) {
      deps.log.warn('sweep failed', { shopId, ...errorFields(error) });
    }
  }
  return ended;
}

async function sweepShop(deps: Sweeping, shopId: string): Promise<number> {
  let ended = 0;
  for (let request = 0; request < REQUESTS_A_ROUND; request += 1) {
    const holdIds = await dueHolds(deps, shopId);
    if (holdIds.length === 0) return ended;
    const outcome = await deps.allocator.submit(shopId, { action: { kind: 'sweep', holdIds } });
    // Busy with buyers, who free what they need themselves.
    if (outcome.kind !== 'swept') return ended;
    ended += outcome.ended;
    if (holdIds.length < HOLDS_AT_ONCE) return ended;
  }
  return ended;
}

async function dueHolds(deps: Pick<Deps, 'db' | 'clock'>, shopId: string): Promise<string[]> {
  const rows = await deps.db.inShop(shopId, (tx) =>
    tx.sql<{ hold_id: string }>(
      `select hold_id from hold where shop_id = $1 and state = 'active' and expiry = 'clock' and expires_at <= $2
        order by expires_at limit ${HOLDS_AT_ONCE}`,
      [shopId, deps.clock.now()],
    ),
  );
  return rows.map(({ hold_id }) => hold_id);
}
