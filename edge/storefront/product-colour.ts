import type { Product } from '@commerce/generated/node-v1/client/types.gen.ts';
import { colourToHex } from './colour.ts';

/** Whether an option chooses a colour, by its name. */
export function isColourOption(name: string): boolean {
  return /^colou?r$/i.test(name);
}

/**
 * The hex value of one of a product's colours. The product's own drawing shows the first of them, by a hex value of
 * the shop's choosing; the others are known by name.
 * @returns undefined for a name that stands for no colour we know
 */
export function optionColour(product: Product, value: string): string | undefined {
  const option = product.options.find(({ name }) => isColourOption(name));
  return option?.values[0] === value ? product.image.colour : colourToHex(value);
}

/** The colour to draw a variant in: the chosen one, or else the product's. */
export function drawnColour(product: Product, attributes: Record<string, string>): string {
  const [, value] = Object.entries(attributes).find(([name]) => isColourOption(name)) ?? [];
  return (value === undefined ? undefined : optionColour(product, value)) ?? product.image.colour;
}
