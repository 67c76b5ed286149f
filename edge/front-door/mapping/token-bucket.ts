export interface Budget {
  /** How many may be spent at once. */
  readonly burst: number;
  readonly refillPerSecond: number;
}

/** Lets through `burst` at once, and `refillPerSecond` of them in the long run. */
export class TokenBucket {
  readonly #budget: Budget;
  #tokens: number;
  #filledAtMs = Number.NEGATIVE_INFINITY;

  constructor(budget: Budget) {
    this.#budget = budget;
    this.#tokens = budget.burst;
  }

  /** Spends one, where there is one. */
  take(nowMs: number): boolean {
    const { burst, refillPerSecond } = this.#budget;
    // Requests of one isolate read the clock apart: one may be a little behind another.
    if (nowMs > this.#filledAtMs) {
      const refilled = ((nowMs - this.#filledAtMs) / 1000) * refillPerSecond;
      this.#tokens = Math.min(burst, this.#tokens + refilled);
      this.#filledAtMs = nowMs;
    }
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
