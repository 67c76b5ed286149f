import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A secret with its name; where there is a list of them, the first signs and all verify. */
export type NamedKey = {
  keyId: string;
  /** base64 of 32 random bytes */
  secret: string;
};

/** Made once for a local platform, and kept. */
export type Secrets = {
  stripeSecretKey: string;
  stripePublishableKey: string;
  stripeWebhookSecret: string;
  billingWebhookSecret: string;
  gatewayKeyId: string;
  /** base64 PKCS8, Ed25519 */
  gatewayPrivateKey: string;
  /** base64 SPKI */
  gatewayPublicKey: string;
  /** Sign order, staff, customer, operator and reconciliation tokens. */
  tokenKeys: NamedKey[];
  /** Sign the cart cookie. */
  cartKeys: NamedKey[];
  databasePasswords: { migrator: string; tenant: string; platform: string };
};

/** What the demo seed printed: tokens by shop id, and the shops. */
export type Demo = {
  operatorToken: string;
  reconciliationTokens: Record<string, string>;
  staffTokens: Record<string, string>;
  customerTokens: Record<string, string>;
  shops: DemoShop[];
};

export type DemoShop = {
  id: string;
  host: string;
  skus: { sku: string; variantAttributes?: Record<string, string> }[];
};

/** Where everything of a running platform is reached; the same names in keys.json. */
export type Urls = {
  /** Connect here and name the shop in the Host header: Node resolves no *.localhost name. */
  frontDoor: string;
  /** By shop id. */
  shops: Record<string, string>;
  hooks: string;
  ops: string;
  nodeService: string;
  metrics: string;
  /** Absent when the platform talks to Stripe itself. */
  stripeStandIn?: string;
  tenantDatabase: string;
  platformDatabase: string;
  migratorDatabase: string;
  adminDatabase: string;
};

/** The whole of `.local/keys.json`. */
export type LocalKeys = Secrets & Demo & { urls: Urls };

const FILE = 'keys.json';
const OWNER_ALONE = 0o600;

/** Reads the secrets of the local platform in `dir`, making those that are missing. */
export async function ensureSecrets(dir: string): Promise<Secrets> {
  const secrets = { ...newSecrets(), ...(await readFileOf(dir)) };
  await write(dir, secrets);
  return secrets;
}

/** Completes keys.json with what is known only once the platform has been seeded. */
export async function writeKeys(dir: string, keys: LocalKeys): Promise<void> {
  await write(dir, keys);
}

/**
 * Reads `keys.json` of a platform that has been started before.
 * Throws when there is none, or its start did not come as far as the seed.
 */
export async function readKeys(dir: string): Promise<LocalKeys> {
  const keys = await readFileOf(dir);
  if (keys?.urls === undefined) {
    throw new Error(`${join(dir, FILE)} is not complete: run "npm start" and wait for "ready"`);
  }
  return keys as LocalKeys;
}

async function readFileOf(dir: string): Promise<Partial<LocalKeys> | undefined> {
  const path = join(dir, FILE);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Partial<LocalKeys>;
  } catch {
    throw new Error(`${path} is not JSON: repair it, or begin anew with "npm start -- --fresh"`);
  }
}

/** Renamed into place, so that a reader never sees half a file. */
async function write(dir: string, keys: object): Promise<void> {
  await mkdir(dir, { recursive: true });
  const unfinished = join(dir, `.${FILE}.${process.pid}`);
  await writeFile(unfinished, `${JSON.stringify(keys, null, 2)}\n`, { mode: OWNER_ALONE });
  await rename(unfinished, join(dir, FILE));
}

function newSecrets(): Secrets {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    stripeSecretKey: `sk_test_${hex(24)}`,
    stripePublishableKey: `pk_test_${hex(24)}`,
    stripeWebhookSecret: `whsec_${hex(24)}`,
    billingWebhookSecret: `whsec_${hex(24)}`,
    gatewayKeyId: `gateway-${hex(4)}`,
    gatewayPrivateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    gatewayPublicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    tokenKeys: [namedKey('token')],
    cartKeys: [namedKey('cart'), namedKey('cart')],
    databasePasswords: { migrator: hex(24), tenant: hex(24), platform: hex(24) },
  };
}

function namedKey(use: string): NamedKey {
  return { keyId: `${use}-${hex(4)}`, secret: randomBytes(32).toString('base64') };
}

function hex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}
