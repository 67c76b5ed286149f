/** The two demo shops of the local platform: what they are called, what they sell, and how much of it there is. */
import type { Theme } from '../tenancy/index.ts';

export type DemoProduct = {
  readonly sku: string;
  readonly name: string;
  readonly description: string;
  readonly kind: 'sale' | 'rental';
  readonly unitPriceMinor: number;
  readonly depositMinor: number;
  readonly image: { readonly kind: string; readonly colour: string };
  readonly options: readonly { readonly name: string; readonly values: readonly string[] }[];
  readonly unitsPerVariant: number;
};

export type DemoShop = {
  readonly shopId: string;
  readonly displayName: string;
  readonly tagline: string;
  readonly currency: string;
  readonly locale: string;
  readonly theme: Theme;
  readonly taxBasisPoints: number;
  readonly shippingMinor: number;
  readonly countries: readonly string[];
  readonly products: readonly DemoProduct[];
};

const SIZES = { name: 'size', values: ['s', 'm', 'l', 'xl'] };

export const DEMO_SHOPS: readonly DemoShop[] = [
  {
    shopId: 'aurora',
    displayName: 'Aurora',
    tagline: 'Soft things for cold mornings.',
    currency: 'EUR',
    locale: 'en-IE',
    theme: { primary: '#1f3a5f', accent: '#f0a202', background: '#fbf7f1', text: '#1d1b19' },
    taxBasisPoints: 2_300,
    shippingMinor: 490,
    countries: ['IE', 'DE', 'FR', 'NL'],
    products: [
      {
        sku: 'tee',
        name: 'Daybreak T-shirt',
        description: 'Heavy organic cotton, cut straight, dyed by the sun that never quite rises.',
        kind: 'sale',
        unitPriceMinor: 2_900,
        depositMinor: 0,
        image: { kind: 'tee', colour: '#c8352b' },
        options: [{ name: 'colour', values: ['red', 'navy'] }, SIZES],
        unitsPerVariant: 200,
      },
      {
        sku: 'mug',
        name: 'Enamel mug',
        description: 'Holds a third of a litre, and the heat for longer than you would think.',
        kind: 'sale',
        unitPriceMinor: 1_650,
        depositMinor: 0,
        image: { kind: 'mug', colour: '#1f3a5f' },
        options: [],
        unitsPerVariant: 60,
      },
      {
        sku: 'bag',
        name: 'Market bag',
        description: 'Waxed canvas that carries a week of groceries and forgives the rain.',
        kind: 'sale',
        unitPriceMinor: 3_800,
        depositMinor: 0,
        image: { kind: 'bag', colour: '#c9a66b' },
        options: [],
        unitsPerVariant: 25,
      },
      {
        sku: 'lantern',
        name: 'Storm lantern',
        description: 'For a weekend outdoors. By the day; the deposit comes back with the lantern.',
        kind: 'rental',
        unitPriceMinor: 700,
        depositMinor: 5_000,
        image: { kind: 'lantern', colour: '#d9a441' },
        options: [],
        unitsPerVariant: 6,
      },
    ],
  },
  {
    shopId: 'borealis',
    displayName: 'Borealis',
    tagline: 'Night gear, northern made.',
    currency: 'USD',
    locale: 'en-US',
    theme: { primary: '#0d5c4b', accent: '#7a3ff2', background: '#f2f7f5', text: '#10201c' },
    taxBasisPoints: 825,
    shippingMinor: 700,
    countries: ['US', 'CA'],
    products: [
      {
        sku: 'tee',
        name: 'Northern T-shirt',
        description: 'Lightweight merino blend that dries overnight on a tent line.',
        kind: 'sale',
        unitPriceMinor: 3_400,
        depositMinor: 0,
        image: { kind: 'tee', colour: '#2fae82' },
        options: [{ name: 'colour', values: ['green', 'violet'] }, SIZES],
        unitsPerVariant: 200,
      },
      {
        sku: 'poster',
        name: 'Star chart',
        description: 'The sky over the sixty-fifth parallel, printed in four inks.',
        kind: 'sale',
        unitPriceMinor: 2_200,
        depositMinor: 0,
        image: { kind: 'poster', colour: '#7a3ff2' },
        options: [],
        unitsPerVariant: 40,
      },
      {
        sku: 'mug',
        name: 'Camp mug',
        description: 'Steel, double-walled, and quiet when you set it down on a rock.',
        kind: 'sale',
        unitPriceMinor: 1_900,
        depositMinor: 0,
        image: { kind: 'mug', colour: '#10201c' },
        options: [],
        unitsPerVariant: 80,
      },
    ],
  },
];
