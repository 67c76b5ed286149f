import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { MappingSettings } from './proposal.rules.ts';

/** One field that differs, as text; null where it is not there. */
export interface FieldChange {
  readonly field: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** In the order in which they are shown. Version, time and author follow from every write and are no difference. */
const FIELDS = [
  'shopId',
  'canonicalHost',
  'kind',
  'mode',
  'locales',
  'defaultLocale',
  'expiresAt',
  'runtimeId',
  'configurationId',
] as const satisfies readonly (keyof HostMapping)[];

/** Field by field; null stands for a host that is not mapped. */
export function difference(
  before: MappingSettings | null,
  after: MappingSettings | null,
): FieldChange[] {
  return FIELDS.flatMap((field) => {
    const change = { field, before: textOf(before, field), after: textOf(after, field) };
    return change.before === change.after ? [] : [change];
  });
}

/** `  mode        landing_only → active`, one line a field. */
export function differenceLines(changes: readonly FieldChange[]): string[] {
  const width = Math.max(...changes.map(({ field }) => field.length), 0);
  return changes.map(
    ({ field, before, after }) =>
      `  ${field.padEnd(width)}  ${before ?? '(none)'} → ${after ?? '(none)'}`,
  );
}

function textOf(mapping: MappingSettings | null, field: (typeof FIELDS)[number]): string | null {
  const value = mapping?.[field];
  if (value === undefined) return null;
  if (Array.isArray(value)) return value.join(' ');
  // One instant is spelled in many ways, and is no difference.
  if (field === 'expiresAt') return instantOf(value as string);
  return value as string;
}

function instantOf(text: string): string {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? text : new Date(ms).toISOString();
}
