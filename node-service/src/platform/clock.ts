import { type IdKind, prefixedId, uuidV7 } from '@commerce/contracts/vocabulary/ids.ts';

/** Time and ids, as arguments, so that a test can hold them still. */
export type Clock = {
  now(): Date;
  /** A prefixed UUIDv7: `ord_0198…`. */
  id(kind: IdKind): string;
  /** A bare UUIDv7. */
  uuid(): string;
};

const RANDOM_BYTES = 10;
/** Asked for in large pieces: each question costs more than its bytes. None is used twice. */
const random = new Uint8Array(400 * RANDOM_BYTES);
let used = random.length;

function uuid(): string {
  if (used === random.length) {
    crypto.getRandomValues(random);
    used = 0;
  }
  const bytes = random.slice(used, used + RANDOM_BYTES);
  random.fill(0, used, used + RANDOM_BYTES);
  used += RANDOM_BYTES;
  return uuidV7(Date.now(), bytes);
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
