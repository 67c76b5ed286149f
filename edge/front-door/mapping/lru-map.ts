interface Entry<Value> {
  readonly key: string;
  value: Value;
  newer: Entry<Value> | null;
  older: Entry<Value> | null;
}

/**
 * A map of at most `capacity` entries: a new one takes the place of the one that was used least recently.
 * The order is a list of its own. A Map's own order would do, but to find its first entry V8 walks over the places of
 * all that were deleted before it, which are tens of thousands where entries go out at the rate they come in.
 */
export class LruMap<Value> {
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #capacity: number;
  #newest: Entry<Value> | null = null;
  #oldest: Entry<Value> | null = null;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Counts as a use. */
  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry !== this.#newest) {
      this.#unlink(entry);
      this.#linkNewest(entry);
    }
    return entry.value;
  }

  /** Is no use. */
  peek(key: string): Value | undefined {
    return this.#entries.get(key)?.value;
  }

  set(key: string, value: Value): void {
    this.delete(key);
    const entry: Entry<Value> = { key, value, newer: null, older: null };
    this.#entries.set(key, entry);
    this.#linkNewest(entry);
    if (this.#entries.size > this.#capacity && this.#oldest !== null) this.delete(this.#oldest.key);
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#unlink(entry);
  }

  #linkNewest(entry: Entry<Value>): void {
    entry.newer = null;
    entry.older = this.#newest;
    if (this.#newest !== null) this.#newest.newer = entry;
    this.#newest = entry;
    this.#oldest ??= entry;
  }

  #unlink(entry: Entry<Value>): void {
    if (entry.newer === null) this.#newest = entry.older;
    else entry.newer.older = entry.older;
    if (entry.older === null) this.#oldest = entry.newer;
    else entry.older.newer = entry.newer;
  }
}
