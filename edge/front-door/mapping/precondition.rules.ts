import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';

/** What a write takes for granted about the host (RFC 9110, 13.1): that it is not mapped, or is at a version. */
export type Precondition =
  | { readonly kind: 'none' }
  | { readonly kind: 'unmapped' }
  | { readonly kind: 'version'; readonly version: number };

export type PreconditionReading =
  | { readonly ok: true; readonly precondition: Precondition }
  /** `header` is the one at fault, in lower case. */
  | { readonly ok: false; readonly header: string; readonly message: string };

export interface PreconditionRefusal {
  readonly code: 'precondition_required' | 'precondition_failed';
  readonly detail: string;
}

/**
 * A version in quotes. A weak tag is taken as the same: a version says all that there is to say of a mapping, and a
 * proxy that compresses answers makes every tag weak.
 */
const VERSION_TAG = /^(?:W\/)?"([1-9][0-9]{0,9})"$/;

/** The entity tag of a host at a version. */
export function tagOf(version: number): string {
  return `"${version}"`;
}

/** Reads `If-Match` and `If-None-Match`. Whatever is not understood is refused, never left out of account. */
export function readPrecondition(headers: Pick<Headers, 'get'>): PreconditionReading {
  const match = headers.get('if-match');
  const noneMatch = headers.get('if-none-match');
  if (match !== null && noneMatch !== null) {
    return malformed(
      'if-none-match',
      'goes together with If-Match never: the host is mapped, or not',
    );
  }
  if (noneMatch !== null) {
    if (noneMatch.trim() !== '*') {
      return malformed('if-none-match', 'must be *, for a host that is not mapped yet');
    }
    return { ok: true, precondition: { kind: 'unmapped' } };
  }
  if (match === null) return { ok: true, precondition: { kind: 'none' } };
  const version = VERSION_TAG.exec(match.trim())?.[1];
  if (version === undefined) {
    return malformed('if-match', 'must be one version in quotes, such as "3", as ETag has it');
  }
  return { ok: true, precondition: { kind: 'version', version: Number(version) } };
}

/** Holds a write against the host as it is now. `null` lets it pass. */
export function refusePrecondition(
  precondition: Precondition,
  host: string,
  present: HostMapping | null,
): PreconditionRefusal | null {
  if (present === null) {
    if (precondition.kind !== 'version') return null;
    return failed(
      `"${host}" is not mapped, and If-Match asks for version ${precondition.version}. To map it, send If-None-Match: *.`,
    );
  }
  const { version, updatedBy, updatedAt } = present;
  const written = `version ${version}, written by ${updatedBy} at ${updatedAt}`;
  switch (precondition.kind) {
    case 'none':
      return {
        code: 'precondition_required',
        detail: `"${host}" is mapped: ${written}. To change that one, send If-Match: ${tagOf(version)}.`,
      };
    case 'unmapped':
      return failed(`"${host}" is mapped: ${written}. If-None-Match: * asks for one that is not.`);
    case 'version':
      if (precondition.version === version) return null;
      return failed(
        `"${host}" is at ${written}, and If-Match asks for version ${precondition.version}. Read it again before you write.`,
      );
  }
}

function failed(detail: string): PreconditionRefusal {
  return { code: 'precondition_failed', detail };
}

function malformed(header: string, message: string): PreconditionReading {
  return { ok: false, header, message };
}
