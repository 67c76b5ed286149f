import { SHOP_ID_PATTERN } from '@commerce/contracts/vocabulary/ids.ts';
import { isVariantKeyV1 } from '@commerce/contracts/vocabulary/variant-key.ts';
import type { Option } from '../operator-cli/command.ts';
import { UsageError } from '../operator-cli/failure.ts';
import { MOST_UNITS } from './rows.rules.ts';

export const REASON: Option = { value: 'TEXT', help: 'why, for the audit; always needed' };
export const APPLY: Option = { help: 'write' };
export const JSON_LINES: Option = { help: 'one a line, as the control plane has it' };

export function shopFrom(text: string | undefined): string {
  if (text !== undefined && SHOP_ID_PATTERN.test(text)) return text;
  throw new UsageError(
    `"${text ?? ''}" is no shop's id: a small letter, then letters, digits, "-"`,
  );
}

/** The key as it is; a bare SKU is the key of a product without options. */
export function variantFrom(text: string | undefined): string {
  const key = text === undefined || text.startsWith('v1:') ? text : `v1:${text}`;
  if (key !== undefined && isVariantKeyV1(key)) return key;
  throw new UsageError(
    `"${text ?? ''}" is no variant: give its key, "v1:tee?colour=red&size=m", or the SKU of a product without options`,
  );
}

/** `+5`, `-5` or `5`, and never nothing. */
export function differenceFrom(text: string | undefined): number {
  const units = Number(text);
  if (text !== undefined && /^[+-]?\d{1,7}$/.test(text) && units !== 0) return units;
  throw new UsageError(`by how many units? "${text ?? ''}" is none of +5, -5`);
}

export function unitsFrom(text: string | undefined): number {
  const units = Number(text);
  if (text !== undefined && /^\d{1,10}$/.test(text) && units <= MOST_UNITS) return units;
  throw new UsageError(`how many units? "${text ?? ''}" is no whole number up to ${MOST_UNITS}`);
}
