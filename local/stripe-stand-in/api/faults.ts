/** What can be made to go wrong with a call. */
export const FAULT_KINDS = [
  /** 400 before anything is executed: a definite refusal. */
  'refuse',
  /** 429 before anything is looked at. */
  'rate_limit',
  /** 500 and nothing done; kept under the idempotency key, as Stripe keeps it. */
  'error_500',
  /** Done, but answered 500; the key replays the 500. */
  'error_500_after_commit',
  /** Never answered, nothing done; the key is in use until the connection ends. */
  'hang',
  /** Done, never answered. */
  'hang_after_commit',
  /** Connection closed, nothing done. */
  'close',
  /** Done, then the connection is closed without an answer. */
  'close_after_commit',
  /** Done, and the answer breaks off in the middle of its body. */
  'cut_body_after_commit',
  /** Begins `delayMs` late; is done even where the caller has gone by then. */
  'slow',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  /** An operation's id, or `*` for every one. */
  readonly operation: string;
  readonly fault: FaultKind;
  /** For `slow`. */
  readonly delayMs: number;
  /** Calls it still applies to; null: every one until the faults are cleared. */
  readonly remaining: number | null;
}

export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  list(): readonly Fault[];
  /** The fault for a call to this operation, the oldest first; counts as one of its times. */
  take(operationId: string): Fault | undefined;
}

/** Faults live in memory: a restart begins without any. */
export function createFaults(): Faults {
  let faults: Fault[] = [];
  return {
    add: (fault) => {
      faults = [...faults, fault];
    },
    clear: () => {
      faults = [];
    },
    list: () => faults,
    take(operationId) {
      const found = faults.find(({ operation }) => operation === '*' || operation === operationId);
      if (found === undefined || found.remaining === null) return found;
      const remaining = found.remaining - 1;
      faults = faults.flatMap((fault) => {
        if (fault !== found) return [fault];
        return remaining > 0 ? [{ ...fault, remaining }] : [];
      });
      return found;
    },
  };
}
