interface Version {
  readonly shopId: string;
  readonly version: number;
  readonly beganAtMs: number;
  endedAtMs: number;
}

/**
 * Which shops a host may have belonged to at some time, as somebody can know who sees writes begin and end from
 * outside: a version may have been in force since its write began, and until the write of a newer one had been
 * answered, `settlesMs` later at most.
 */
export class MappingTimeline {
  readonly #versions: Version[] = [];
  readonly #settlesMs: number;

  /** @param settlesMs how long a write may take to be seen; 0 where it is seen once it is answered */
  constructor(settlesMs = 0) {
    this.#settlesMs = settlesMs;
  }

  /** A write that was answered with success. Times are of any one clock. */
  record(version: Version): void {
    this.#versions.push(version);
  }

  /** The shops that may answer a request which was under way from `beganAtMs` to `endedAtMs`. */
  shopsBetween(beganAtMs: number, endedAtMs: number): string[] {
    const possible = this.#versions.filter(
      (one) =>
        one.beganAtMs <= endedAtMs &&
        !this.#versions.some(
          (other) => other.version > one.version && other.endedAtMs + this.#settlesMs < beganAtMs,
        ),
    );
    return [...new Set(possible.map(({ shopId }) => shopId))];
  }
}
