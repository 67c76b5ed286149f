import type { Client } from '@commerce/generated/ops-v1/client/client/index.ts';
import * as operations from '@commerce/generated/ops-v1/client/sdk.gen.ts';
import type {
  HostChange,
  HostKind,
  HostMapping,
  HostMode,
  PutHostRequest,
  ShopRecord,
} from '@commerce/generated/ops-v1/client/types.gen.ts';
import { type Answer, answered, clientAt } from '../operator-cli/control-plane.ts';
import { OpsRefusal } from '../operator-cli/failure.ts';
import type { Settings } from '../operator-cli/settings.ts';

const PAGE_SIZE = 100;

export interface HostFilter {
  readonly shopId?: string | undefined;
  readonly kind?: HostKind | undefined;
  readonly mode?: HostMode | undefined;
}

export interface WriteTerms {
  /** The version that the operator was shown; null where the host was not mapped. */
  readonly seen: number | null;
  /** Everything is checked, nothing is written. */
  readonly dryRun: boolean;
}

/** The control plane, by the generated client. Everything throws an OpsRefusal, or a CommandFailure without an answer. */
export interface Ops {
  list(filter: HostFilter): AsyncGenerator<HostMapping>;
  /** Null where the host is not mapped. */
  get(host: string): Promise<HostMapping | null>;
  /** The mapping as it is after the write; with `dryRun`, as it would be. */
  put(host: string, body: PutHostRequest, terms: WriteTerms): Promise<HostMapping>;
  remove(host: string, reason: string, terms: WriteTerms): Promise<void>;
  /** Newest first; nothing for a host that was never mapped. */
  history(host: string): AsyncGenerator<HostChange>;
  /** Null where the registry has no such shop. */
  shop(shopId: string): Promise<ShopRecord | null>;
}

export function opsAt(settings: Settings): Ops {
  const client = clientAt(settings);
  const ask = <Data>(answering: Promise<Answer<Data>>) => answered(answering, settings.opsUrl);
  return { ...readsOf(client, ask), ...writesOf(client, ask) };
}

type Ask = <Data>(answering: Promise<Answer<Data>>) => Promise<NonNullable<Data>>;

function readsOf(client: Client, ask: Ask): Pick<Ops, 'list' | 'get' | 'history' | 'shop'> {
  return {
    async *list({ shopId, kind, mode }) {
      const filter = {
        ...(shopId === undefined ? {} : { shopId }),
        ...(kind === undefined ? {} : { kind }),
        ...(mode === undefined ? {} : { mode }),
      };
      let after: string | undefined;
      do {
        const query = { ...filter, limit: PAGE_SIZE, ...(after === undefined ? {} : { after }) };
        const page = await ask(operations.listHosts({ client, query }));
        yield* page.items;
        after = page.next;
      } while (after !== undefined);
    },
    get: (host) =>
      ask(operations.getHost({ client, path: { host } })).catch(nullFor('host_unknown')),
    async *history(host) {
      let before: number | undefined;
      do {
        const query = { limit: PAGE_SIZE, ...(before === undefined ? {} : { before }) };
        const page = await ask(operations.getHostHistory({ client, path: { host }, query })).catch(
          nullFor('host_unknown'),
        );
        yield* page?.items ?? [];
        before = page?.next;
      } while (before !== undefined);
    },
    shop: (shopId) =>
      ask(operations.getShop({ client, path: { shopId } })).catch(nullFor('shop_unknown')),
  };
}

function writesOf(client: Client, ask: Ask): Pick<Ops, 'put' | 'remove'> {
  return {
    put: (host, body, { seen, dryRun }) =>
      ask(
        operations.putHost({
          client,
          path: { host },
          query: { dryRun },
          headers: seen === null ? { 'If-None-Match': '*' } : { 'If-Match': entityTag(seen) },
          body,
        }),
      ),
    async remove(host, reason, { seen, dryRun }) {
      await ask(
        operations.deleteHost({
          client,
          path: { host },
          query: { reason, dryRun },
          headers: seen === null ? {} : { 'If-Match': entityTag(seen) },
        }),
      );
    },
  };
}

/** As the contract writes a version in `ETag` and `If-Match`. */
function entityTag(version: number): string {
  return `"${version}"`;
}

function nullFor(code: string): (error: unknown) => null {
  return (error) => {
    if (error instanceof OpsRefusal && error.code === code) return null;
    throw error;
  };
}
