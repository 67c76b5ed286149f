import type { HostChange, HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { MAPPING_SETTLES_MS } from '../front-door/mapping/host-directory.ts';
import { plainText } from '../operator-cli/plain-text.ts';
import { difference, differenceLines } from './difference.rules.ts';

/** `by 17:31:30 UTC (90 s)`: after that no front door serves the mapping before it. */
export function everywhereBy({ updatedAt }: HostMapping): string {
  return `by ${clock(settledAt(updatedAt))} (${MAPPING_SETTLES_MS / 1000} s)`;
}

/** `after 90 s` */
export const EVERYWHERE_AFTER = `after ${MAPPING_SETTLES_MS / 1000} s`;

export function settledAt(updatedAt: string): Date {
  return new Date(Date.parse(updatedAt) + MAPPING_SETTLES_MS);
}

/** `17:31:30 UTC` */
export function clock(time: Date): string {
  return `${time.toISOString().slice(11, 19)} UTC`;
}

export function mappingLines(mapping: HostMapping): string[] {
  const rows: [string, string | undefined][] = [
    ['host', mapping.host],
    ['shop', mapping.shopId],
    ['canonical host', mapping.canonicalHost],
    ['kind', mapping.kind],
    ['mode', mapping.mode],
    ['locales', mapping.locales.join(' ')],
    ['default locale', mapping.defaultLocale],
    ['expires at', mapping.expiresAt],
    ['runtime', mapping.runtimeId],
    ['configuration', mapping.configurationId],
    ['version', `${mapping.version}, ${mapping.updatedAt} by ${mapping.updatedBy}`],
  ];
  return rows.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name.padEnd(16)}${value}`],
  );
}

export function changeLines(change: HostChange): string[] {
  const { version, changedAt, changedBy, reason, requestId, before, after } = change;
  const what = before === null ? ', mapped' : after === null ? ', deleted' : '';
  return [
    `version ${version}${what}, ${changedAt} by ${changedBy} [request ${requestId}]`,
    `  ${plainText(reason)}`,
    ...differenceLines(difference(before, after)),
  ];
}

const COLUMNS: readonly [string, (mapping: HostMapping) => string][] = [
  ['HOST', ({ host }) => host],
  ['SHOP', ({ shopId }) => shopId],
  ['KIND', ({ kind }) => kind],
  ['MODE', ({ mode }) => mode],
  ['CANONICAL HOST', ({ host, canonicalHost }) => (host === canonicalHost ? '' : canonicalHost)],
  ['LOCALES', ({ locales }) => locales.join(' ')],
  ['VERSION', ({ version }) => String(version)],
];

/** A table with a line of headings; each column as wide as its widest cell. */
export function tableLines(mappings: readonly HostMapping[]): string[] {
  const rows = [
    COLUMNS.map(([title]) => title),
    ...mappings.map((mapping) => COLUMNS.map(([, cell]) => cell(mapping))),
  ];
  const widths = COLUMNS.map((_, column) =>
    rows.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), 0),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
