import { LOCALE_COOKIE } from '@commerce/contracts/vocabulary/shop-context.ts';
import { parseCookies } from '../http/cookies.ts';
import type { ShopLocales } from './shop-locales.ts';

const YEAR_SECONDS = 365 * 24 * 60 * 60;

/**
 * The Set-Cookie that keeps the locale a page was shown in.
 * @param cookies the request's Cookie header
 * @returns undefined where the browser says this locale already, or where the host has no other
 */
export function localeCookie(cookies: string | null, locales: ShopLocales): string | undefined {
  if (locales.all.length < 2) return undefined;
  const kept = parseCookies(cookies).filter(({ name }) => name === LOCALE_COOKIE);
  if (kept.length === 1 && kept[0]?.value === locales.current) return undefined;
  return `${LOCALE_COOKIE}=${locales.current}; Path=/; Secure; SameSite=Lax; Max-Age=${YEAR_SECONDS}`;
}
