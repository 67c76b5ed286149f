import { randomBytes } from 'node:crypto';
import { withRetries } from '@commerce/contracts/vocabulary/retry.ts';
import * as operations from '@commerce/generated/ops-v1/client/sdk.gen.ts';
import type {
  AdjustStockRequest,
  ImportStockRequest,
  InventoryAudit,
  StockAdjustment,
  StockChange,
  StockImport,
  StockLevel,
} from '@commerce/generated/ops-v1/client/types.gen.ts';
import { type Answer, answered, clientAt } from '../operator-cli/control-plane.ts';
import type { Settings } from '../operator-cli/settings.ts';

const PAGE_SIZE = 100;

/** What was done, and whether it had been done before: then nothing was done now. */
export interface Done<Body> {
  readonly body: Body;
  readonly replayed: boolean;
}

/**
 * A shop's stock, by the generated client. Whatever is safe to repeat is, by the one retry policy, before it fails.
 * Everything throws an OpsRefusal, or a CommandFailure without an answer.
 */
export interface Ops {
  /** By variant key. */
  levels(shopId: string): AsyncGenerator<StockLevel>;
  /** The newest first, of one variant or of all. */
  changes(shopId: string, variantKey: string | undefined): AsyncGenerator<StockChange>;
  /** Once for each key, however often it is sent. */
  adjust(shopId: string, key: string, body: AdjustStockRequest): Promise<Done<StockAdjustment>>;
  /** Once for each import id, however often it is sent. */
  importRows(
    shopId: string,
    importId: string,
    body: ImportStockRequest,
  ): Promise<Done<StockImport>>;
  audit(shopId: string): Promise<InventoryAudit>;
}

/** 128 random bits and more: an Idempotency-Key, or the end of an import's id. */
export function newKey(): string {
  return randomBytes(18).toString('base64url');
}

export function opsAt(settings: Settings): Ops {
  const client = clientAt(settings);
  const ask = async <Data>(call: () => Promise<Answer<Data>>): Promise<Done<NonNullable<Data>>> => {
    const answer = await withRetries(call, { safeToRepeat: true });
    const body = await answered(Promise.resolve(answer), settings.opsUrl);
    return { body, replayed: answer.response?.headers.get('idempotency-replayed') === 'true' };
  };
  return {
    async *levels(shopId) {
      let after: string | undefined;
      do {
        const query = { limit: PAGE_SIZE, ...(after === undefined ? {} : { after }) };
        const page = await ask(() => operations.getStock({ client, path: { shopId }, query }));
        yield* page.body.items;
        after = page.body.next;
      } while (after !== undefined);
    },
    async *changes(shopId, variantKey) {
      const filter = variantKey === undefined ? {} : { variantKey };
      let before: string | undefined;
      do {
        const query = {
          ...filter,
          limit: PAGE_SIZE,
          ...(before === undefined ? {} : { before }),
        };
        const page = await ask(() =>
          operations.listStockChanges({ client, path: { shopId }, query }),
        );
        yield* page.body.items;
        before = page.body.next;
      } while (before !== undefined);
    },
    adjust: (shopId, key, body) => {
      const headers = { 'Idempotency-Key': key };
      return ask(() => operations.adjustStock({ client, path: { shopId }, headers, body }));
    },
    importRows: (shopId, importId, body) =>
      ask(() => operations.importStock({ client, path: { shopId, importId }, body })),
    audit: async (shopId) =>
      (await ask(() => operations.getInventoryAudit({ client, path: { shopId } }))).body,
  };
}
