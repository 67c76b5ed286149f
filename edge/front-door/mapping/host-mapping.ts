import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';

/** A row of `host_mapping`, as D1 gives it. */
export interface HostMappingRow {
  readonly host: string;
  readonly shop_id: string;
  readonly canonical_host: string;
  readonly kind: HostMapping['kind'];
  readonly mode: HostMapping['mode'];
  readonly default_locale: string;
  /** A JSON array of locales. */
  readonly locales: string;
  readonly expires_at: string | null;
  readonly runtime_id: string | null;
  readonly configuration_id: string | null;
  readonly version: number;
  readonly updated_at: string;
  readonly updated_by: string;
}

export function fromRow(row: HostMappingRow): HostMapping {
  return {
    host: row.host,
    shopId: row.shop_id,
    canonicalHost: row.canonical_host,
    kind: row.kind,
    mode: row.mode,
    defaultLocale: row.default_locale,
    locales: JSON.parse(row.locales) as string[],
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    ...(row.runtime_id === null ? {} : { runtimeId: row.runtime_id }),
    ...(row.configuration_id === null ? {} : { configurationId: row.configuration_id }),
    version: row.version,
    updatedAt: row.updated_at,
    updatedBy: row.updated_by,
  };
}

/** A mapping that has run out counts as expired, whatever mode it was given. */
export function modeAt(mapping: HostMapping, now: Date): HostMapping['mode'] {
  if (mapping.expiresAt === undefined) return mapping.mode;
  return Date.parse(mapping.expiresAt) <= now.getTime() ? 'expired' : mapping.mode;
}
