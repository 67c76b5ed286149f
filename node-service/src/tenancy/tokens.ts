import {
  signToken,
  type TokenClaims,
  type TokenKind,
  type TokenRefusal,
  verifyToken,
} from '@commerce/contracts/vocabulary/token.ts';
import type { SecretKey } from '../config.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/db.ts';

/** Mints and verifies the platform's bearer tokens. Of a token, only its claims are ever stored. */
export type Tokens = {
  mint(claims: TokenClaims): Promise<string>;
  /** Verified, not expired and, but for order tokens, not revoked. An order token's version is its order's to check. */
  verify(
    token: string,
  ): Promise<{ ok: true; claims: TokenClaims } | { ok: false; reason: TokenRefusal | 'revoked' }>;
};

async function isIssued(db: Database, claims: TokenClaims): Promise<boolean> {
  const rows = await db.asPlatform('check an issued token', (tx) =>
    tx.sql(
      `select 1 from issued_token where token_id = $1 and kind = $2 and shop_id is not distinct from $3 and revoked_at is null`,
      [claims.tokenId, claims.kind, claims.shopId ?? null],
    ),
  );
  return rows.length > 0;
}

/** The first key signs; all of them verify, so that a key can be rotated. */
export function createTokens(keys: readonly SecretKey[], clock: Clock, db: Database): Tokens {
  const [signing] = keys;
  if (signing === undefined) throw new Error('no token key');
  const byId = new Map(keys.map(({ keyId, secret }) => [keyId, secret]));
  return {
    mint: (claims) => signToken(claims, signing),
    verify: async (token) => {
      const result = await verifyToken(token, byId, clock.now());
      if (!result.ok || result.claims.kind === 'order') return result;
      return (await isIssued(db, result.claims)) ? result : { ok: false, reason: 'revoked' };
    },
  };
}

export type { TokenClaims, TokenKind };
