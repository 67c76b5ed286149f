import type { Shop } from '@commerce/generated/node-v1/client/types.gen.ts';
import { colourToHex, readableOn } from './colour.ts';

/**
 * A shop's colours as a stylesheet of custom properties, served as a file of its own: the pages' security policy
 * lets no style into the markup. Colours that are not hex are refused, so that no catalogue can write CSS.
 * @throws Error that names the shop and the colour
 */
export function themeStylesheet(shop: Shop): string {
  const { primary, accent, background, text } = shop.theme;
  const colours = {
    primary: hex(shop, 'primary', primary),
    accent: hex(shop, 'accent', accent),
    background: hex(shop, 'background', background),
    text: hex(shop, 'text', text),
  };
  return `:root{--primary:${colours.primary};--on-primary:${readableOn(colours.primary)};--accent:${colours.accent};--on-accent:${readableOn(colours.accent)};--background:${colours.background};--text:${colours.text}}\n`;
}

/** The theme's address: it changes with the colours, so that it may be cached for ever. */
export async function themePath(shop: Shop): Promise<string> {
  const bytes = new TextEncoder().encode(`${shop.shopId}\n${themeStylesheet(shop)}`);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const hash = [...digest.slice(0, 6)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `/assets/theme.${hash}.css`;
}

function hex(shop: Shop, name: string, value: string): string {
  const colour = value.startsWith('#') ? colourToHex(value) : undefined;
  if (colour === undefined) {
    throw new Error(
      `shop ${shop.shopId}: theme.${name} must be a hex colour, not ${JSON.stringify(value)}`,
    );
  }
  return colour;
}

/** The shop's mark in its own colours, for the browser's tab. */
export function shopIcon(shop: Shop): string {
  const primary = hex(shop, 'primary', shop.theme.primary);
  const accent = hex(shop, 'accent', shop.theme.accent);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><circle cx="20" cy="20" r="20" fill="${primary}"/><path d="M4 25a16 16 0 0 1 32 0z" fill="${accent}"/></svg>\n`;
}
