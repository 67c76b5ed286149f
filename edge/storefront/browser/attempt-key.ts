type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** One call of a request: its key, and which try of it this is, from 1. */
export type Take = { key: string; attempt: number };

type Kept = { key: string; request: string; tries: number };

/**
 * The Idempotency-Key of one request, kept until its answer is known. A buyer who presses the button again, or loads
 * the page again after a lost answer, repeats the same call; another request gets another key.
 */
export class AttemptKey {
  readonly #store: Store;
  readonly #slot: string;

  constructor(store: Store, slot: string) {
    this.#store = store;
    this.#slot = slot;
  }

  /** For one more call of this request: the kept key where the request is the same, else a new one, which is kept. */
  take(request: string): Take {
    const kept = this.#read();
    const key = kept?.request === request ? kept.key : newKey();
    const tries = (kept?.request === request ? kept.tries : 0) + 1;
    this.#store.setItem(this.#slot, JSON.stringify({ key, request, tries } satisfies Kept));
    return { key, attempt: tries };
  }

  /** After a definite answer: the next attempt is a new one. */
  settle(): void {
    this.#store.removeItem(this.#slot);
  }

  #read(): Kept | undefined {
    try {
      const kept: unknown = JSON.parse(this.#store.getItem(this.#slot) ?? 'null');
      const { key, request, tries } = (kept ?? {}) as { [Name in keyof Kept]?: unknown };
      if (typeof key !== 'string' || typeof request !== 'string') return undefined;
      return { key, request, tries: Number.isSafeInteger(tries) ? Number(tries) : 1 };
    } catch {
      return undefined;
    }
  }
}

/** 192 random bits in base64url. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}
