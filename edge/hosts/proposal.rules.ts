import type {
  HostKind,
  HostMapping,
  HostMode,
  PutHostRequest,
} from '@commerce/generated/ops-v1/client/types.gen.ts';

/** A mapping as an operator wants it, without the reason. */
export type MappingSettings = Omit<PutHostRequest, 'reason'>;

/** What somebody wants changed: what is absent stays as it is, null takes a field away. */
export interface MappingEdit {
  readonly shopId?: string | undefined;
  readonly canonicalHost?: string | undefined;
  readonly kind?: HostKind | undefined;
  readonly mode?: HostMode | undefined;
  readonly defaultLocale?: string | undefined;
  readonly locales?: readonly string[] | undefined;
  readonly expiresAt?: string | null | undefined;
  readonly runtimeId?: string | null | undefined;
  readonly configurationId?: string | null | undefined;
}

export type Proposal =
  | { readonly ok: true; readonly settings: MappingSettings }
  /** Fields that a new host cannot do without, and nobody can guess. */
  | { readonly ok: false; readonly missing: readonly (keyof MappingEdit)[] };

/** A new host begins where it does no harm: a canonical one closed, a vanity one as a redirect. */
const FIRST_MODE: Readonly<Record<HostKind, HostMode>> = {
  canonical: 'landing_only',
  alias: 'active',
  vanity: 'redirect_only',
};

const OPTIONAL = ['expiresAt', 'runtimeId', 'configurationId'] as const;

/** The whole mapping that a write would send: what is there now, with the edit; for a new host, with what follows. */
export function propose(host: string, current: HostMapping | null, edit: MappingEdit): Proposal {
  const shopId = edit.shopId ?? current?.shopId;
  const locales = edit.locales ?? current?.locales;
  if (shopId === undefined || locales === undefined || locales[0] === undefined) {
    const missing: (keyof MappingEdit)[] = [];
    if (shopId === undefined) missing.push('shopId');
    if (locales?.[0] === undefined) missing.push('locales');
    return { ok: false, missing };
  }
  const kind = edit.kind ?? current?.kind ?? kindFor(host, edit.canonicalHost);
  const settings: MappingSettings = {
    shopId,
    canonicalHost: edit.canonicalHost ?? canonicalFor(host, kind, current),
    kind,
    mode: edit.mode ?? current?.mode ?? FIRST_MODE[kind],
    defaultLocale: edit.defaultLocale ?? current?.defaultLocale ?? locales[0],
    locales: [...locales],
  };
  for (const field of OPTIONAL) {
    const value = edit[field] === undefined ? current?.[field] : edit[field];
    if (value !== null && value !== undefined) settings[field] = value;
  }
  return { ok: true, settings };
}

function kindFor(host: string, canonicalHost: string | undefined): HostKind {
  return canonicalHost === undefined || canonicalHost === host ? 'canonical' : 'alias';
}

function canonicalFor(host: string, kind: HostKind, current: HostMapping | null): string {
  return kind === 'canonical' ? host : (current?.canonicalHost ?? host);
}
