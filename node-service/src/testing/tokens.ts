import { randomUUID } from 'node:crypto';
import type { TokenClaims, TokenKind, Tokens } from '../tenancy/index.ts';
import type { TestService } from './service.ts';

/** A token of a person or a machine, issued as the platform issues them, or as `changes` has it. */
export async function issueToken(
  service: Pick<TestService, 'rows'> & { readonly deps: { readonly tokens: Pick<Tokens, 'mint'> } },
  kind: Exclude<TokenKind, 'order'>,
  changes: Partial<TokenClaims> = {},
): Promise<string> {
  const claims: TokenClaims = {
    kind,
    ...(kind === 'operator' ? {} : { shopId: 'aurora' }),
    subject: `test-${kind}`,
    version: 1,
    expiresAt: Math.floor(Date.now() / 1_000) + 600,
    tokenId: randomUUID(),
    ...changes,
  };
  await service.rows(
    `insert into issued_token (token_id, kind, shop_id, subject, expires_at) values ($1, $2, $3, $4, to_timestamp($5))`,
    [claims.tokenId, kind, claims.shopId ?? null, claims.subject, claims.expiresAt],
  );
  return service.deps.tokens.mint(claims);
}
