type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/**
 * The Idempotency-Key of one attempt, kept until its answer is known. A buyer who presses the button again, or loads
 * the page again after a lost answer, repeats the same call; another request gets another key.
 */
export class AttemptKey {
  readonly #store: Store;
  readonly #slot: string;

  constructor(store: Store, slot: string) {
    this.#store = store;
    this.#slot = slot;
  }

  /** The key for this request: the kept one where the request is the same, else a new one, which is kept. */
  take(request: string): string {
    const kept = this.#read();
    if (kept?.request === request) return kept.key;
    const key = newKey();
    this.#store.setItem(this.#slot, JSON.stringify({ key, request }));
    return key;
  }

  /** After a definite answer: the next attempt is a new one. */
  settle(): void {
    this.#store.removeItem(this.#slot);
  }

  #read(): { key: string; request: string } | undefined {
    try {
      const kept: unknown = JSON.parse(this.#store.getItem(this.#slot) ?? 'null');
      const { key, request } = (kept ?? {}) as { key?: unknown; request?: unknown };
      return typeof key === 'string' && typeof request === 'string' ? { key, request } : undefined;
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
