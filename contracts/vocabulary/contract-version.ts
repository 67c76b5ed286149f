/**
 * The version of node/v1 that this code was written against: each side of the wire between gateway and
 * node states it. It is `info.version` of contracts/node/v1/openapi.yaml, and a test holds them equal.
 */
export const CONTRACT_VERSION = '1.0.0';

export const CONTRACT_VERSION_HEADER = 'x-contract-version';

const SEMANTIC_VERSION = /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})$/;

/**
 * Whether a caller that states `version` is served: every minor of our own major is, older and newer,
 * so that either side can be rolled back. No version, or text of another form, is not.
 */
export function isServed(
  version: string | null | undefined,
  ours: string = CONTRACT_VERSION,
): boolean {
  const theirMajor = majorOf(version);
  return theirMajor !== null && theirMajor === majorOf(ours);
}

function majorOf(version: string | null | undefined): string | null {
  return SEMANTIC_VERSION.exec(version ?? '')?.[1] ?? null;
}
