/** The service's own use cases, on the dependencies that its main program builds. */
import { newKey } from '../gateway-call.ts';
import { loadModule } from '../platform-module.ts';
import type { Deciding } from './callers.ts';
import { SHOP, skuName } from './orders.ts';

type Env = Readonly<Record<string, string>>;
type HoldAnswer = { readonly body: { readonly holdId: string; readonly state: string } };
type Deps = { readonly shops: { find(shopId: string): Promise<object | null> } };
type Call = { readonly shopId: string; readonly holdId: string; readonly idempotencyKey: string };

type ConfigModule = { readConfig(source: Env): object };
type BuildDepsModule = { buildDeps(config: object, processName: string): Promise<Deps> };
type HoldsModule = {
  createHold(
    deps: Deps,
    call: {
      readonly shop: object;
      readonly items: readonly { readonly sku: string; readonly quantity: number }[];
      readonly ttlSeconds: number;
      readonly idempotencyKey: string;
    },
  ): Promise<HoldAnswer>;
  commitHold(deps: Deps, call: Call & { readonly paymentReference: string }): Promise<HoldAnswer>;
  releaseHold(deps: Deps, call: Call): Promise<HoldAnswer>;
};

/** A refusal of ours: of those, `inventory_busy` alone asks to come back. */
type Refusal = { readonly code?: string; readonly members?: { readonly retryAfterMs?: number } };

const TTL_SECONDS = 600;

export async function ourWay(env: Env): Promise<Deciding> {
  const { readConfig } = await loadModule<ConfigModule>('node-service/src/config.ts');
  const { buildDeps } = await loadModule<BuildDepsModule>('node-service/src/build-deps.ts');
  const holds = await loadModule<HoldsModule>('node-service/src/inventory/holds.ts');
  const deps = await buildDeps(readConfig(env), 'bench');
  const shop = await deps.shops.find(SHOP);
  if (shop === null) throw new Error(`there is no shop ${SHOP}`);
  const ended = (wanted: string, { body: { holdId, state } }: HoldAnswer): void => {
    if (state !== wanted) throw new Error(`hold ${holdId} is ${state}, and not ${wanted}`);
  };
  return {
    create: async (sku) => {
      try {
        const { body } = await holds.createHold(deps, {
          shop,
          items: [{ sku: skuName(sku), quantity: 1 }],
          ttlSeconds: TTL_SECONDS,
          idempotencyKey: newKey(),
        });
        return { holdId: body.holdId };
      } catch (error) {
        return { retryAfterMs: retryAfterMs(error) };
      }
    },
    end: {
      commit: async (holdId, paymentReference) => {
        const call = { shopId: SHOP, holdId, idempotencyKey: newKey(), paymentReference };
        ended('committed', await holds.commitHold(deps, call));
      },
      release: async (holdId) => {
        const call = { shopId: SHOP, holdId, idempotencyKey: newKey() };
        ended('released', await holds.releaseHold(deps, call));
      },
    },
  };
}

/** @throws what is no `inventory_busy` */
function retryAfterMs(error: unknown): number {
  const { code, members } = (error ?? {}) as Refusal;
  if (code === 'inventory_busy' && members?.retryAfterMs !== undefined) return members.retryAfterMs;
  throw error;
}
