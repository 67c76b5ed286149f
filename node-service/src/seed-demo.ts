/**
 * Seeds the two demo shops and a token of each kind, as the migrator, and prints them as one JSON object.
 * Safe to repeat. Refuses to run anywhere but locally.
 */
import {
  signToken,
  type TokenClaims,
  type TokenKind,
} from '@commerce/contracts/vocabulary/token.ts';
import { Client } from 'pg';
import {
  ConfigError,
  readDatabaseUrl,
  readEnvironment,
  readTokenKeys,
  type SecretKey,
} from './config.ts';
import { DEMO_SHOPS } from './demo/shops.ts';
import { writeDemoShop } from './demo/write-shop.ts';

const LIFETIME_SECONDS = 60 * 60 * 24 * 365;

type Seeding = { readonly migrator: Client; readonly key: SecretKey };

async function issueToken(
  { migrator, key }: Seeding,
  kind: TokenKind,
  shopId: string | undefined,
): Promise<string> {
  const claims: TokenClaims = {
    kind,
    ...(shopId === undefined ? {} : { shopId }),
    subject: kind === 'customer' ? `customer-of-${shopId}` : `demo-${kind}`,
    version: 1,
    expiresAt: Math.floor(Date.now() / 1_000) + LIFETIME_SECONDS,
    tokenId: `demo-${kind}-${shopId ?? 'platform'}`,
  };
  await migrator.query(
    `insert into issued_token (token_id, kind, shop_id, subject, expires_at) values ($1, $2, $3, $4, to_timestamp($5))
     on conflict (token_id) do update set expires_at = excluded.expires_at`,
    [claims.tokenId, kind, shopId ?? null, claims.subject, claims.expiresAt],
  );
  return signToken(claims, key);
}

async function tokensByShop(seeding: Seeding, kind: TokenKind): Promise<Record<string, string>> {
  const tokens: Record<string, string> = {};
  for (const { shopId } of DEMO_SHOPS) tokens[shopId] = await issueToken(seeding, kind, shopId);
  return tokens;
}

async function main(): Promise<void> {
  if (readEnvironment() !== 'local')
    throw new ConfigError('the demo shops are for the local environment alone');
  const [key] = readTokenKeys();
  if (key === undefined) throw new ConfigError('TOKEN_KEYS holds no key');
  const migrator = new Client({ connectionString: readDatabaseUrl('MIGRATOR_DATABASE_URL') });
  await migrator.connect();
  try {
    const shops: unknown[] = [];
    for (const shop of DEMO_SHOPS) {
      shops.push({
        id: shop.shopId,
        host: `${shop.shopId}.localhost`,
        skus: await writeDemoShop(migrator, shop),
      });
    }
    const seeding = { migrator, key };
    const seeded = {
      operatorToken: await issueToken(seeding, 'operator', undefined),
      staffTokens: await tokensByShop(seeding, 'staff'),
      customerTokens: await tokensByShop(seeding, 'customer'),
      reconciliationTokens: await tokensByShop(seeding, 'reconciliation'),
      shops,
    };
    console.log(JSON.stringify(seeded));
  } finally {
    await migrator.end();
  }
}

await main();
