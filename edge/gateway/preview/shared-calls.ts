/** Keeps work alive after the answer has gone out: `waitUntil`. */
export type Afterwards = (work: Promise<unknown>) => void;

interface Flight<Outcome> {
  readonly outcome: Promise<Outcome>;
  readonly startedAtMs: number;
}

/** Calls under way that others can wait for. Beyond it a call serves its own request alone. */
const MAX_FLIGHTS = 1_000;
/** A call that has not ended after this time never will: its request is gone. */
const LONGEST_MS = 20_000;

export interface Shared<Outcome> {
  /** Null where another request's call did not end in time, or broke. */
  readonly outcome: Outcome | null;
  /** Whether this request made the call itself. */
  readonly isOwn: boolean;
}

/**
 * One call at a time for each address, in one isolate. A promise of another request settles in workerd only as long as
 * that request lives: so a call is kept alive by `waitUntil`, and whoever waits for another's has a timer of its own.
 */
export class SharedCalls<Outcome> {
  readonly #flights = new Map<string, Flight<Outcome>>();

  /** Makes this call, or waits up to `patienceMs` for the one that is under way. */
  async share(
    address: string,
    patienceMs: number,
    afterwards: Afterwards,
    call: () => Promise<Outcome>,
  ): Promise<Shared<Outcome>> {
    const theirs = this.#live(address);
    if (theirs === undefined) {
      return { outcome: await this.#begin(address, afterwards, call), isOwn: true };
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeUp = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), patienceMs);
    });
    const outcome = await Promise.race([theirs.outcome.catch(() => null), timeUp]);
    clearTimeout(timer);
    return { outcome, isOwn: false };
  }

  /** Makes this call for nobody in particular, unless one is under way. */
  inBackground(address: string, afterwards: Afterwards, call: () => Promise<Outcome>): void {
    if (this.#live(address) === undefined) void this.#begin(address, afterwards, call);
  }

  #live(address: string): Flight<Outcome> | undefined {
    const flight = this.#flights.get(address);
    const isLive = flight !== undefined && Date.now() - flight.startedAtMs < LONGEST_MS;
    return isLive ? flight : undefined;
  }

  #begin(address: string, afterwards: Afterwards, call: () => Promise<Outcome>): Promise<Outcome> {
    const flight: Flight<Outcome> = { outcome: call(), startedAtMs: Date.now() };
    this.#makeRoom();
    if (this.#flights.size < MAX_FLIGHTS) this.#flights.set(address, flight);
    const landed = () => {
      if (this.#flights.get(address) === flight) this.#flights.delete(address);
    };
    afterwards(flight.outcome.then(landed, landed));
    return flight.outcome;
  }

  /** Those whose requests are gone would stay for ever. They are in the order in which they began. */
  #makeRoom(): void {
    const nowMs = Date.now();
    for (const [address, { startedAtMs }] of this.#flights) {
      if (nowMs - startedAtMs < LONGEST_MS) return;
      this.#flights.delete(address);
    }
  }
}
