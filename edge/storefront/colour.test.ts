import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { colourToHex, contrast, readableOn } from './colour.ts';

const anyHex = fc
  .integer({ min: 0, max: 0xffffff })
  .map((value) => `#${value.toString(16).padStart(6, '0')}`);

describe('colours', () => {
  it('measure contrast as WCAG does', () => {
    expect(contrast('#ffffff', '#000000')).toBeCloseTo(21, 5);
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
  });

  it('give a text that can be read on any colour a shop may choose', () => {
    fc.assert(
      fc.property(anyHex, (colour) => {
        expect(contrast(readableOn(colour), colour)).toBeGreaterThanOrEqual(4.5);
      }),
    );
  });

  it('turn names and hex into six digits, and nothing else into anything', () => {
    expect(colourToHex(' Navy ')).toBe('#25365c');
    expect(colourToHex('#A1c')).toBe('#aa11cc');
    expect(colourToHex('#AA11CC')).toBe('#aa11cc');
    for (const value of ['', 'url(x)', '#12', '#12345g', 'constructor', 'red;background:url(x)']) {
      expect(colourToHex(value)).toBeUndefined();
    }
  });

  it('never let a catalogue write markup or CSS', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const hex = colourToHex(value);
        if (hex !== undefined) expect(hex).toMatch(/^#[0-9a-f]{6}$/);
      }),
    );
  });
});
