import { variantKeyV1 } from '@commerce/contracts/vocabulary/variant-key.ts';
import type { Product, Shop } from '@commerce/generated/node-v1/client/types.gen.ts';

/** Two shops with nothing in common but their form: names, colours, currencies and products all differ. */
export const AURORA: Shop = {
  shopId: 'aurora',
  name: 'Aurora Goods',
  tagline: 'Everyday things, made to last',
  currency: 'EUR',
  locale: 'en-IE',
  theme: { primary: '#1f3d36', accent: '#f2b45a', background: '#fbf8f2', text: '#1a211f' },
  mayTrade: true,
  shippingRates: [
    {
      rateId: 'standard',
      name: 'Standard',
      amount: { amount: 490, currency: 'EUR' },
      countries: ['IE', 'DE', 'FR'],
    },
    {
      rateId: 'express',
      name: 'Express',
      amount: { amount: 1290, currency: 'EUR' },
      countries: ['DE'],
    },
  ],
};

export const BOREALIS: Shop = {
  shopId: 'borealis',
  name: 'Borealis Outdoor',
  tagline: 'Gear for long nights out',
  currency: 'USD',
  locale: 'en-US',
  theme: { primary: '#3b2f8f', accent: '#7fe3c4', background: '#f6f7fb', text: '#14162b' },
  mayTrade: true,
  shippingRates: [
    {
      rateId: 'standard',
      name: 'Standard',
      amount: { amount: 700, currency: 'USD' },
      countries: ['US', 'CA'],
    },
  ],
};

export const AURORA_PRODUCTS: Product[] = [
  product('EUR', {
    sku: 'tee',
    name: 'Heavy cotton tee',
    description:
      'Two hundred and twenty grams of organic cotton, cut straight and sewn in Porto. It gets better with every wash.',
    amount: 3200,
    image: { kind: 'tee', colour: '#c8553d' },
    options: [
      { name: 'colour', values: ['red', 'navy', 'sage'] },
      { name: 'size', values: ['s', 'm', 'l', 'xl'] },
    ],
  }),
  product('EUR', {
    sku: 'mug',
    name: 'Stoneware mug',
    description: 'Thrown by hand, glazed inside and out, and at home in a dishwasher.',
    amount: 2400,
    image: { kind: 'mug', colour: '#5b7f95' },
    options: [],
  }),
  product('EUR', {
    sku: 'tote',
    name: 'Market tote',
    description: 'A bag for a week of vegetables. Long handles, flat bottom, one pocket.',
    amount: 2850,
    image: { kind: 'bag', colour: '#e3d3ae' },
    options: [{ name: 'colour', values: ['sand', 'charcoal'] }],
  }),
  product('EUR', {
    sku: 'cap',
    name: 'Six-panel cap',
    description: 'Washed twill with a soft brim.',
    amount: 2900,
    image: { kind: 'cap', colour: '#3a4a6b' },
    options: [],
  }),
  product('EUR', {
    sku: 'bottle',
    name: 'Steel bottle',
    description: 'Keeps tea hot until the afternoon.',
    amount: 3450,
    image: { kind: 'bottle', colour: '#7d9b76' },
    options: [],
  }),
  product('EUR', {
    sku: 'poster',
    name: 'Coastline poster',
    description: 'Printed in two colours on uncoated paper, 50 by 70 centimetres.',
    amount: 4500,
    image: { kind: 'poster', colour: '#d98a6a' },
    options: [],
  }),
];

export const BOREALIS_PRODUCTS: Product[] = [
  product('USD', {
    sku: 'hoodie',
    name: 'Night shift hoodie',
    description: 'Brushed fleece with a hood that stays up in the wind.',
    amount: 7800,
    image: { kind: 'hoodie', colour: '#5a4fcf' },
    options: [{ name: 'size', values: ['s', 'm', 'l'] }],
  }),
  {
    ...product('USD', {
      sku: 'tent',
      name: 'Two-person tent',
      description: 'Ours to lend: four seasons, three kilograms, up in five minutes.',
      amount: 1900,
      image: { kind: 'tent', colour: '#2b7f80' },
      options: [],
    }),
    kind: 'rental',
    deposit: { amount: 12000, currency: 'USD' },
  },
  product('USD', {
    sku: 'lantern',
    name: 'Camp lantern',
    description: 'Warm light for forty hours.',
    amount: 4200,
    image: { kind: 'lantern', colour: '#e0a030' },
    options: [],
  }),
];

export type SampleShop = { shop: Shop; products: Product[] };

export const SAMPLE_SHOPS: Readonly<Record<string, SampleShop>> = {
  aurora: { shop: AURORA, products: AURORA_PRODUCTS },
  borealis: { shop: BOREALIS, products: BOREALIS_PRODUCTS },
};

type Sketch = Pick<Product, 'sku' | 'name' | 'description' | 'image' | 'options'> & {
  /** In minor units. */
  amount: number;
};

function product(currency: string, { amount, ...sketch }: Sketch): Product {
  const unitPrice = { amount, currency };
  const combinations = sketch.options.reduce<Record<string, string>[]>(
    (known, { name, values }) =>
      known.flatMap((attributes) => values.map((value) => ({ ...attributes, [name]: value }))),
    [{}],
  );
  return {
    ...sketch,
    kind: 'sale',
    unitPrice,
    variants: combinations.map((variantAttributes) => ({
      variantKey: variantKeyV1(sketch.sku, variantAttributes),
      variantAttributes,
      unitPrice,
    })),
  };
}
