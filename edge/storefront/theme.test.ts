import { describe, expect, it } from 'vitest';
import { AURORA, BOREALIS } from './testing/sample-shops.ts';
import { shopIcon, themePath, themeStylesheet } from './theme.ts';

describe('a shop’s theme', () => {
  it('is its own six colours, with text that can be read on them', () => {
    expect(themeStylesheet(AURORA)).toBe(
      ':root{--primary:#1f3d36;--on-primary:#ffffff;--accent:#f2b45a;--on-accent:#000000;--background:#fbf8f2;--text:#1a211f}\n',
    );
  });

  it('has an address that changes with its colours, and differs between shops', async () => {
    const path = await themePath(AURORA);
    expect(path).toMatch(/^\/assets\/theme\.[0-9a-f]{12}\.css$/);
    expect(await themePath({ ...AURORA })).toBe(path);
    expect(await themePath(BOREALIS)).not.toBe(path);
    const repainted = { ...AURORA, theme: { ...AURORA.theme, accent: '#112233' } };
    expect(await themePath(repainted)).not.toBe(path);
  });

  it.each(['red;}body{display:none}', '#12', 'url(//evil)', 'red'])(
    'refuses %s as a colour',
    (text) => {
      const shop = { ...AURORA, theme: { ...AURORA.theme, text } };
      expect(() => themeStylesheet(shop)).toThrow('shop aurora: theme.text must be a hex colour');
    },
  );

  it('colours the icon too', () => {
    expect(shopIcon(BOREALIS)).toContain('fill="#3b2f8f"');
  });
});
