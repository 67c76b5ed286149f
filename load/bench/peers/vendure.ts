/** Vendure, in production mode: see README.md. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { askServer } from './keep-alive.ts';
import { createPeerDatabases, type PeerDatabase } from './peer-database.ts';
import { type Program, runToEnd, serveEach } from './programs.ts';
import type { OpenShop, Outcome } from './sale.ts';

/** What seed.js wrote. */
type Seeded = {
  readonly variantId: string;
  readonly shippingMethodId: string;
  readonly paymentMethod: string;
};

const POOL_MAX = '30';

export async function prepareVendure(
  folder: string,
  adminUrl: string,
): Promise<(processes: number) => Promise<OpenShop>> {
  const databases = await createPeerDatabases('vendure', adminUrl);
  const seededFile = join(folder, 'seeded.json');
  const program = (name: string, database: PeerDatabase, port: number): Program => ({
    name: `vendure-${name}`,
    cwd: folder,
    args: [join(folder, name === 'seed' ? 'seed.js' : 'server.js')],
    logs: join(folder, 'logs'),
    env: {
      NODE_ENV: 'production',
      DATABASE_URL: database.url,
      PORT: String(port),
      POOL_MAX,
      // In production mode it does not start with the password that everybody knows.
      SUPERADMIN_PASSWORD: 'of-a-benchmark-alone',
      COOKIE_SECRET: 'of-a-benchmark-alone',
      VENDURE_DISABLE_TELEMETRY: 'true',
      PRODUCTS_FILE: join(folder, 'products.csv'),
      SEEDED_FILE: seededFile,
    },
  });
  await runToEnd(program('seed', databases.seeded, await freePort()));
  const seeded = JSON.parse(await readFile(seededFile, 'utf8')) as Seeded;
  return async (processes) => {
    const database = await databases.copy();
    const ports = await Promise.all(Array.from({ length: processes }, () => freePort()));
    const { close } = await serveEach(ports, (port, name) => program(name, database, port));
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
      await database.query('update stock_level set "stockOnHand" = "stockAllocated" + $1', [units]);
    },
    sold: async () => {
      const [row] = await database.query<{ orders: string; units: string }>(
        `select count(distinct o.id) as orders, coalesce(sum(l.quantity), 0) as units
           from "order" o join order_line l on l."orderId" = o.id
          where o.state = 'PaymentSettled'`,
      );
      return { orders: Number(row?.orders), units: Number(row?.units) };
    },
    buy: (buyer) => checkOut(ports[buyer % ports.length] ?? 0, seeded, buyer),
  };
}

const ERROR = '... on ErrorResult { errorCode }';
const ADD_ITEM = `mutation ($id: ID!) { done: addItemToOrder(productVariantId: $id, quantity: 1) { __typename ${ERROR} } }`;
const SET_CUSTOMER = `mutation ($input: CreateCustomerInput!) { done: setCustomerForOrder(input: $input) { __typename ${ERROR} } }`;
const SET_ADDRESS = `mutation ($input: CreateAddressInput!) { done: setOrderShippingAddress(input: $input) { __typename ${ERROR} } }`;
const SET_SHIPPING = `mutation ($id: [ID!]!) { done: setOrderShippingMethod(shippingMethodId: $id) { __typename ${ERROR} } }`;
const ARRANGE_PAYMENT = `mutation { done: transitionOrderToState(state: "ArrangingPayment") { __typename ${ERROR} } }`;
const ADD_PAYMENT = `mutation ($input: PaymentInput!) { done: addPaymentToOrder(input: $input) { __typename ... on Order { state } ${ERROR} } }`;

const ADDRESS = {
  fullName: 'Aoife Byrne',
  streetLine1: 'Main Street 1',
  city: 'Cork',
  postalCode: 'T12 AB34',
  countryCode: 'IE',
};

type Done = { readonly __typename: string; readonly errorCode?: string; readonly state?: string };

/** Six requests: an item, who, where, how it is sent, ready to pay, paid. They answer no more than whether it is done. */
async function checkOut(port: number, seeded: Seeded, buyer: number): Promise<Outcome> {
  let token: string | undefined;
  const call = async (query: string, variables: object): Promise<Done> => {
    const answer = await askServer(port, '/shop-api', {
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ query, variables }),
    });
    const given = answer.headers['vendure-auth-token'];
    if (typeof given === 'string') token = given;
    const done = (answer.body as { data?: { done?: Done | null } | null }).data?.done;
    if (done === undefined || done === null)
      throw new Error(`${answer.status} ${JSON.stringify(answer.body).slice(0, 160)}`);
    if (done.errorCode !== undefined) throw new ErrorResult(done.errorCode);
    return done;
  };
  try {
    await call(ADD_ITEM, { id: seeded.variantId });
    const emailAddress = `buyer-${buyer}@example.com`;
    await call(SET_CUSTOMER, { input: { firstName: 'Aoife', lastName: 'Byrne', emailAddress } });
    await call(SET_ADDRESS, { input: ADDRESS });
    await call(SET_SHIPPING, { id: [seeded.shippingMethodId] });
    await call(ARRANGE_PAYMENT, {});
    const paid = await call(ADD_PAYMENT, { input: { method: seeded.paymentMethod, metadata: {} } });
    if (paid.state === 'PaymentSettled') return { kind: 'ordered' };
    return { kind: 'error', what: `the order is ${paid.state}` };
  } catch (error) {
    if (error instanceof ErrorResult && SOLD_OUT.has(error.code)) return { kind: 'sold_out' };
    return { kind: 'error', what: String(error) };
  }
}

/** The second: stock went while the buyer was on the way to pay. */
const SOLD_OUT = new Set(['INSUFFICIENT_STOCK_ERROR', 'ORDER_STATE_TRANSITION_ERROR']);

class ErrorResult extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}
