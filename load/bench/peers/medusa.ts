/** Medusa, as its documents have it for production, without Redis: see README.md. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { type Answer, askServer } from './keep-alive.ts';
import { createPeerDatabases, type PeerDatabase } from './peer-database.ts';
import { type Program, runToEnd, serveEach } from './programs.ts';
import type { OpenShop, Outcome } from './sale.ts';

/** What seed.js wrote. */
type Seeded = {
  readonly publishableKey: string;
  readonly regionId: string;
  readonly variantId: string;
  readonly shippingOptionId: string;
};

/** In one process locks are in its memory, which is fastest; two have to share them, and a lock holds a connection. */
const ONE_PROCESS = { LOCKS: 'memory', POOL_MAX: '30' };
const MORE_PROCESSES = { LOCKS: 'postgres', POOL_MAX: '90' };

export async function prepareMedusa(
  folder: string,
  adminUrl: string,
): Promise<(processes: number) => Promise<OpenShop>> {
  const databases = await createPeerDatabases('medusa', adminUrl);
  const seededFile = join(folder, 'seeded.json');
  const program = (
    name: string,
    database: PeerDatabase,
    args: readonly string[],
    processes: number,
  ): Program => ({
    name: `medusa-${name}`,
    cwd: folder,
    args: [join(folder, 'node_modules/@medusajs/cli/cli.js'), ...args],
    logs: join(folder, 'logs'),
    env: {
      NODE_ENV: 'production',
      DATABASE_URL: database.url,
      JWT_SECRET: 'of-a-benchmark-alone',
      COOKIE_SECRET: 'of-a-benchmark-alone',
      MEDUSA_DISABLE_TELEMETRY: 'true',
      LOG_LEVEL: 'error',
      SEEDED_FILE: seededFile,
      ...(processes === 1 ? ONE_PROCESS : MORE_PROCESSES),
    },
  });
  // Tables of modules that only two processes use are made too.
  await runToEnd(program('migrate', databases.seeded, ['db:migrate', '--skip-scripts'], 2));
  await runToEnd(program('seed', databases.seeded, ['exec', './seed.js'], 1));
  const seeded = JSON.parse(await readFile(seededFile, 'utf8')) as Seeded;
  return async (processes) => {
    const database = await databases.copy();
    const ports = await Promise.all(Array.from({ length: processes }, () => freePort()));
    const { close } = await serveEach(ports, (port, name) =>
      program(name, database, ['start', '--port', String(port), '--host', '127.0.0.1'], processes),
    );
    return { ...shopOn(database, ports, seeded), close };
  };
}

function shopOn(
  database: PeerDatabase,
  ports: readonly number[],
  seeded: Seeded,
): Omit<OpenShop, 'close'> {
  return {
    stock: async (units) => {
      await database.query(
        `update inventory_level
            set stocked_quantity = reserved_quantity + $1,
                raw_stocked_quantity = jsonb_build_object('value', (reserved_quantity + $1)::text, 'precision', 20)`,
        [units],
      );
    },
    sold: async () => {
      const [row] = await database.query<{ orders: string; units: string }>(
        `select count(distinct o.id) as orders, coalesce(sum(i.quantity), 0) as units
           from "order" o join order_item i on i.order_id = o.id and i.version = o.version
          where o.deleted_at is null and o.canceled_at is null and i.deleted_at is null
            and exists (select from order_payment_collection l
                          join payment_collection p on p.id = l.payment_collection_id
                         where l.order_id = o.id and l.deleted_at is null
                           and p.status in ('authorized', 'completed'))`,
      );
      return { orders: Number(row?.orders), units: Number(row?.units) };
    },
    buy: (buyer) => checkOut(ports[buyer % ports.length] ?? 0, seeded, buyer),
  };
}

const ADDRESS = {
  first_name: 'Aoife',
  last_name: 'Byrne',
  address_1: 'Main Street 1',
  city: 'Cork',
  country_code: 'ie',
  postal_code: 'T12 AB34',
};

/** Six requests: a cart with the item, who and where, how it is sent, how it is paid, a payment, an order. */
async function checkOut(port: number, seeded: Seeded, buyer: number): Promise<Outcome> {
  const headers = {
    'content-type': 'application/json',
    'x-publishable-api-key': seeded.publishableKey,
  };
  const call = async (path: string, body: object): Promise<Answer> => {
    const answer = await askServer(port, path, { headers, body: JSON.stringify(body) });
    if (answer.status !== 200) throw new Refused(answer);
    return answer;
  };
  try {
    const items = [{ variant_id: seeded.variantId, quantity: 1 }];
    const made = await call('/store/carts', { region_id: seeded.regionId, items });
    const { id } = (made.body as { cart: { id: string } }).cart;
    const email = `buyer-${buyer}@example.com`;
    await call(`/store/carts/${id}`, { email, shipping_address: ADDRESS });
    await call(`/store/carts/${id}/shipping-methods`, { option_id: seeded.shippingOptionId });
    const collected = await call('/store/payment-collections', { cart_id: id });
    const { payment_collection: collection } = collected.body as {
      payment_collection: { id: string };
    };
    await call(`/store/payment-collections/${collection.id}/payment-sessions`, {
      provider_id: 'pp_system_default',
    });
    const completed = await call(`/store/carts/${id}/complete`, {});
    if ((completed.body as { type: string }).type === 'order') return { kind: 'ordered' };
    throw new Refused(completed);
  } catch (error) {
    return outcomeOf(error);
  }
}

class Refused extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super('refused');
    this.answer = answer;
  }
}

function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof Refused)) return { kind: 'error', what: String(error) };
  const { status, body } = error.answer;
  const text = JSON.stringify(body);
  if (/insufficient_inventory|does not have the required inventory|Not enough stock/i.test(text))
    return { kind: 'sold_out' };
  return { kind: 'error', what: `${status} ${text.replace(/[0-9A-Z]{26}/g, '…').slice(0, 160)}` };
}
