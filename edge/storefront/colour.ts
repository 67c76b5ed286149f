/** Colours by the names that catalogues use for an option called colour. Anything else is shown as text alone. */
const NAMED_COLOURS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    black: '#24252a',
    blue: '#3a6ea8',
    brown: '#7b5638',
    charcoal: '#41454d',
    clay: '#b4664a',
    coral: '#ee7a63',
    cream: '#efe6d2',
    forest: '#2f5a46',
    gold: '#d2a23c',
    green: '#4d8b63',
    grey: '#8d9299',
    gray: '#8d9299',
    ice: '#cfe0e8',
    indigo: '#3d3f8f',
    lilac: '#b9a5d6',
    mint: '#9fd3bd',
    moss: '#6f7d45',
    mustard: '#d9a32b',
    navy: '#25365c',
    ocean: '#2b6f8a',
    ochre: '#c98a2c',
    olive: '#737a3f',
    orange: '#e98035',
    pink: '#e7a0b1',
    plum: '#6d3a5d',
    purple: '#6f4a97',
    red: '#c8433a',
    rose: '#d98791',
    rust: '#a9502f',
    sage: '#9db092',
    sand: '#dcc9a3',
    sky: '#8ebbdd',
    slate: '#5b6876',
    stone: '#b9b3a6',
    teal: '#2b7f80',
    violet: '#6d4bb8',
    white: '#f4f3ef',
    yellow: '#edc341',
  }),
);

const HEX = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i;

/**
 * The hex value of a colour that a catalogue gives as a name (`navy`) or as hex (`#25365c`).
 * Nothing else ever reaches a page's markup or stylesheet as a colour.
 */
export function colourToHex(value: string): string | undefined {
  const colour = value.trim().toLowerCase();
  if (!HEX.test(colour)) return NAMED_COLOURS.get(colour);
  return colour.length === 7
    ? colour
    : `#${[...colour.slice(1)].map((digit) => digit + digit).join('')}`;
}

/** Relative luminance of a six-digit hex colour, 0 to 1 (WCAG 2.2). */
export function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const channel = Number.parseInt(hex.slice(start, start + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Contrast ratio of two six-digit hex colours, 1 to 21 (WCAG 2.2). */
export function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** Black or white, whichever reads better on this colour: the ratio is 4.5 at least, whatever the colour. */
export function readableOn(hex: string): string {
  return contrast('#ffffff', hex) >= contrast('#000000', hex) ? '#ffffff' : '#000000';
}
