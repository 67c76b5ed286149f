/** How many of the tenant's connections one shop may use at a time, so that one shop's sale leaves room for the others. */

export type PoolShares = {
  /**
   * Runs `work` when the shop uses less than its share, first come, first served. Must not be nested: work that waits
   * for a second connection while it has one waits for itself.
   * @throws when that has not come within the limit; `isDatabaseUnavailable` knows the error
   */
  use<T>(shopId: string, work: () => Promise<T>): Promise<T>;
};

type Share = { running: number; readonly waiting: Set<() => void> };

export function createPoolShares(options: {
  readonly perShop: number;
  readonly waitMs: number;
}): PoolShares {
  const shares = new Map<string, Share>();

  function shareOf(shopId: string): Share {
    const known = shares.get(shopId);
    if (known !== undefined) return known;
    const made: Share = { running: 0, waiting: new Set() };
    shares.set(shopId, made);
    return made;
  }

  async function enter(share: Share): Promise<void> {
    if (share.running < options.perShop) {
      share.running += 1;
      return;
    }
    // Whoever leaves hands over: `running` stays as it is.
    await new Promise<void>((done, fail) => {
      const next = (): void => {
        clearTimeout(timer);
        done();
      };
      const timer = setTimeout(() => {
        share.waiting.delete(next);
        fail(new Error("timeout exceeded when trying to connect: the shop's share is in use"));
      }, options.waitMs);
      share.waiting.add(next);
    });
  }

  function leave(shopId: string, share: Share): void {
    const [next] = share.waiting;
    if (next !== undefined) {
      share.waiting.delete(next);
      next();
      return;
    }
    share.running -= 1;
    if (share.running === 0) shares.delete(shopId);
  }

  return {
    use: async (shopId, work) => {
      const share = shareOf(shopId);
      await enter(share);
      try {
        return await work();
      } finally {
        leave(shopId, share);
      }
    },
  };
}
