/** A client that repeats a request, under its key, until it is answered, and remembers what it was told. */
import { isDeepStrictEqual } from 'node:util';
import { type CallOptions, newKey, type Reply } from './gateway.ts';
import { untilAnswered } from './patient-buyer.ts';
import type { ProcessService } from './process-service.ts';

export type Told = {
  readonly method: string;
  readonly path: string;
  readonly options: CallOptions;
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whoever asked knows what for
  readonly body: any;
};

export type PersistentClient = {
  /**
   * Asks, under a new key unless one is given, until there is an answer that does not say "later".
   * @throws when nobody answers for as long as several deaths may take on a busy machine
   */
  ask(method: string, path: string, options?: CallOptions): Promise<Told>;
  /** Asks again what was asked before. A done request must be answered as it was. */
  repeat(told: Told): Promise<void>;
  /** Every answer to a request with a key. */
  readonly told: readonly Told[];
  /** Requests that were answered in two ways. */
  readonly contradictions: readonly string[];
};

const PATIENCE_MS = 240_000;

/** Tokens are minted again with every answer. */
function lasting({ status, body }: Pick<Reply, 'status' | 'body'>): unknown {
  const { accessToken: _, requestId: __, ...rest } = body;
  return { status, ...rest };
}

const isDone = ({ status }: Told): boolean => status === 200 || status === 201;

export function createPersistentClient(service: Pick<ProcessService, 'call'>): PersistentClient {
  const told: Told[] = [];
  const contradictions: string[] = [];
  const once = async (method: string, path: string, options: CallOptions): Promise<Told> => {
    const { status, body } = await untilAnswered(
      () => service.call(method, path, options),
      PATIENCE_MS,
    );
    return { method, path, options, status, body };
  };
  return {
    ask: async (method, path, options = {}) => {
      const answer = await once(method, path, { key: newKey(), ...options });
      told.push(answer);
      return answer;
    },
    repeat: async (earlier) => {
      const again = await once(earlier.method, earlier.path, earlier.options);
      if (!isDone(earlier) || isDeepStrictEqual(lasting(again), lasting(earlier))) return;
      const [first, second] = [earlier, again].map((one) => JSON.stringify(lasting(one)));
      contradictions.push(`${earlier.method} ${earlier.path}: ${first}, then ${second}`);
    },
    told,
    contradictions,
  };
}
