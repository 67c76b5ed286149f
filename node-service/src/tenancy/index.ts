export { createShopRegistry, type ShopRegistry } from './registry.ts';
export type { Shop, Theme } from './shop.entity.ts';
export { createTokens, type TokenClaims, type TokenKind, type Tokens } from './tokens.ts';
