/**
 * A process that decides about holds, with the callers in it: the service's use cases as the service wires them, or a
 * reference. Forked by hosts.ts, one order at a time. Settings: BENCH_HOST, the JSON of `HostSettings`.
 */
import { prefixedId, uuidV7 } from '@commerce/contracts/vocabulary/ids.ts';
import pg from 'pg';
import { holdByTransaction } from '../../reference/naive-hold.ts';
import { holdByStatement } from '../../reference/single-statement-hold.ts';
import { type Deciding, drive } from './callers.ts';
import { type HoldsOrder, SHOP, skuName, variantKey, type Way } from './orders.ts';
import { ourWay } from './our-way.ts';

/** The environment of the service, and how many connections a reference has in this process. */
export type HostSettings = {
  readonly serviceEnv: Readonly<Record<string, string>>;
  readonly connections: { readonly naive: number; readonly single: number };
};

const TTL_MS = 600_000;

const settings = JSON.parse(process.env.BENCH_HOST ?? '') as HostSettings;
const ways = new Map<Way, Promise<Deciding>>();

function wayOf(way: Way): Promise<Deciding> {
  const known = ways.get(way);
  if (known !== undefined) return known;
  const made = way === 'ours' ? ourWay(settings.serviceEnv) : referenceWay(way);
  ways.set(way, made);
  return made;
}

async function referenceWay(way: 'naive' | 'single'): Promise<Deciding> {
  const connectionString = settings.serviceEnv.TENANT_DATABASE_URL ?? '';
  const pool = new pg.Pool({ connectionString, max: settings.connections[way] });
  const hold = way === 'naive' ? holdByTransaction : holdByStatement;
  return {
    create: async (sku) => {
      const now = new Date();
      const random = crypto.getRandomValues(new Uint8Array(10));
      const holdId = prefixedId('hold', uuidV7(now.getTime(), random));
      const expiresAt = new Date(now.getTime() + TTL_MS);
      const wanted = { shopId: SHOP, holdId, variantKey: variantKey(sku), quantity: 1 };
      if (!(await hold(pool, { ...wanted, expiresAt, now })))
        throw new Error(`${way} refused a unit of ${skuName(sku)}`);
      return { holdId };
    },
  };
}

process.on('message', (order: HoldsOrder) => {
  wayOf(order.way)
    .then((deciding) => drive(deciding, order))
    .then(
      (report) => process.send?.({ report }),
      (error: unknown) =>
        process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
    );
});
process.on('disconnect', () => process.exit());
process.send?.({ ready: true });
