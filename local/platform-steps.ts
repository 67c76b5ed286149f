export type StepOptions = {
  /** Called when a step begins, and again with its seconds when it is done. */
  onStep?: (step: { what: string; seconds: number | undefined }) => void;
  /** Lets go of the work when it is aborted. */
  signal?: AbortSignal;
};

/** Does a piece of work of a start, and tells when it begins and how long it took. Throws when it was aborted. */
export async function reportStep<T>(
  { signal, onStep }: StepOptions,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const startedMs = Date.now();
  onStep?.({ what, seconds: undefined });
  const result = await abortable(work(), signal);
  onStep?.({ what, seconds: (Date.now() - startedMs) / 1000 });
  return result;
}

/** The work's result, or a rejection as soon as the signal says so; the work itself is ended by `stop`. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let onAbort = () => {};
  const aborted = new Promise<never>((_done, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
