import { type IdKind, prefixedId, uuidV7 } from '@commerce/contracts/vocabulary/ids.ts';

/** Time and ids, as arguments, so that a test can hold them still. */
export type Clock = {
  now(): Date;
  /** A prefixed UUIDv7: `ord_0198…`. */
  id(kind: IdKind): string;
  /** A bare UUIDv7. */
  uuid(): string;
};

function uuid(): string {
  return uuidV7(Date.now(), crypto.getRandomValues(new Uint8Array(10)));
}

export const systemClock: Clock = {
  now: () => new Date(),
  id: (kind) => prefixedId(kind, uuid()),
  uuid,
};

/** `seconds` after `from`. */
export function secondsAfter(from: Date, seconds: number): Date {
  return new Date(from.getTime() + seconds * 1_000);
}
