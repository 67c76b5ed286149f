import type { HostKind, HostMode } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { normaliseHost } from '../../front-door/host.rules.ts';
import type { MappingEdit } from '../proposal.rules.ts';

export const COLUMNS = [
  'host',
  'shopId',
  'canonicalHost',
  'kind',
  'mode',
  'locales',
  'defaultLocale',
  'expiresAt',
  'runtimeId',
  'configurationId',
  'reason',
] as const;

type Column = (typeof COLUMNS)[number];

/** One host as the file wants it. A column that the file does not have stays as it is. */
export interface ImportRow {
  readonly line: number;
  readonly host: string;
  readonly edit: MappingEdit;
  readonly reason: string;
}

/** Something in the file that cannot be; `line` is 1 for the header. */
export interface RowProblem {
  readonly line: number;
  readonly message: string;
}

export type Rows =
  | { readonly ok: true; readonly rows: readonly ImportRow[] }
  | { readonly ok: false; readonly problems: readonly RowProblem[] };

export interface ImportFile {
  readonly header: readonly string[];
  readonly records: readonly { readonly line: number; readonly cells: readonly string[] }[];
}

/**
 * What the file says, or everything that is wrong with it. Values that the contract describes (a locale, a shop's id)
 * are the control plane's to judge.
 *
 * @param reason for rows that give none
 */
export function rowsOf({ header, records }: ImportFile, reason: string | undefined): Rows {
  const columns = columnProblems(header);
  if (columns.length > 0) return { ok: false, problems: columns };
  const problems: RowProblem[] = [];
  const rows: ImportRow[] = [];
  const lineOfHost = new Map<string, number>();
  for (const { line, cells } of records) {
    const cellOf = (column: Column): string | undefined => cells[header.indexOf(column)];
    const read = readRow(line, cellOf, reason);
    if (typeof read === 'string') {
      problems.push({ line, message: read });
      continue;
    }
    const earlier = lineOfHost.get(read.host);
    if (earlier === undefined) {
      lineOfHost.set(read.host, line);
      rows.push(read);
    } else problems.push({ line, message: `${read.host} is on line ${earlier} already` });
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, rows };
}

function columnProblems(header: readonly string[]): RowProblem[] {
  const known: readonly string[] = COLUMNS;
  const problems = header
    .filter((name, index) => !known.includes(name) || header.indexOf(name) !== index)
    .map((name) =>
      known.includes(name)
        ? `the column "${name}" is there twice`
        : `there is no column "${name}"; there are ${COLUMNS.join(', ')}`,
    );
  if (!header.includes('host')) problems.push('the column "host" is missing');
  return problems.map((message) => ({ line: 1, message }));
}

type CellOf = (column: Column) => string | undefined;

/** The row, or what is wrong with it. */
function readRow(line: number, cellOf: CellOf, fallback: string | undefined): ImportRow | string {
  const host = normaliseHost(cellOf('host') ?? '');
  if (host === null) return `"${cellOf('host') ?? ''}" is not a host name`;
  for (const column of ['shopId', 'kind', 'mode', 'locales'] as const) {
    if (cellOf(column) === '') return `${column} of ${host} is empty`;
  }
  const canonical = cellOf('canonicalHost') || undefined;
  const canonicalHost = canonical === undefined ? undefined : normaliseHost(canonical);
  if (canonicalHost === null) return `"${canonical}" is not a host name`;
  const reason = cellOf('reason') || fallback;
  if (reason === undefined) return `${host} has no reason: fill the column, or give --reason`;
  if (reason.length < 3 || reason.length > 500)
    return `the reason of ${host} has 3 to 500 characters`;
  return { line, host, edit: editOf(host, canonicalHost, cellOf), reason };
}

function editOf(host: string, canonicalHost: string | undefined, cellOf: CellOf): MappingEdit {
  const kind = cellOf('kind') as HostKind | undefined;
  return {
    shopId: cellOf('shopId'),
    canonicalHost: canonicalHost ?? (kind === 'canonical' ? host : undefined),
    kind,
    mode: cellOf('mode') as HostMode | undefined,
    locales: cellOf('locales')?.split(/\s+/),
    defaultLocale: cellOf('defaultLocale') || undefined,
    expiresAt: nullWhereEmpty(cellOf('expiresAt')),
    runtimeId: nullWhereEmpty(cellOf('runtimeId')),
    configurationId: nullWhereEmpty(cellOf('configurationId')),
  };
}

function nullWhereEmpty(cell: string | undefined): string | null | undefined {
  return cell === '' ? null : cell;
}
