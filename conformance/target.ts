import { readFile } from 'node:fs/promises';

export type TargetShop = {
  readonly id: string;
  readonly host: string;
  readonly skus: readonly {
    readonly sku: string;
    readonly variantAttributes?: Readonly<Record<string, string>>;
  }[];
};

/** What is checked, and what is needed to check it. The suite knows nothing else of it. */
export type Target = {
  /** The address to connect to; shop hosts travel in `Host`. */
  readonly url: string;
  readonly shops: readonly [TargetShop, TargetShop];
  /** Put behind a host in `Host`; empty where the port is the scheme's own. */
  readonly port: string;
  readonly hooksHost: string;
  readonly opsHost: string;
  readonly operatorToken: string;
  readonly webhookSecret: string;
  readonly billingWebhookSecret: string;
  /** Where payments are made to succeed. */
  readonly standInUrl: string;
  readonly staffTokens: Readonly<Record<string, string>>;
  readonly customerTokens: Readonly<Record<string, string>>;
  readonly reconciliationTokens: Readonly<Record<string, string>>;
};

type Keys = {
  urls: { frontDoor: string; stripeStandIn?: string };
  shops: TargetShop[];
  stripeWebhookSecret: string;
  billingWebhookSecret: string;
  operatorToken: string;
  staffTokens: Record<string, string>;
  customerTokens: Record<string, string>;
  reconciliationTokens: Record<string, string>;
};

/** The target that a keys.json describes. @throws when it has fewer than two shops or no stand-in. */
export async function readTarget(keysFile: string): Promise<Target> {
  const keys = JSON.parse(await readFile(keysFile, 'utf8')) as Keys;
  const [first, second] = keys.shops;
  const { frontDoor, stripeStandIn } = keys.urls;
  if (first === undefined || second === undefined)
    throw new Error(`${keysFile} names fewer than two shops`);
  if (stripeStandIn === undefined) throw new Error(`${keysFile} names no Stripe stand-in`);
  return {
    url: frontDoor,
    shops: [first, second],
    port: new URL(frontDoor).port,
    hooksHost: 'hooks.localhost',
    opsHost: 'ops.localhost',
    operatorToken: keys.operatorToken,
    webhookSecret: keys.stripeWebhookSecret,
    billingWebhookSecret: keys.billingWebhookSecret,
    standInUrl: stripeStandIn,
    staffTokens: keys.staffTokens,
    customerTokens: keys.customerTokens,
    reconciliationTokens: keys.reconciliationTokens,
  };
}
