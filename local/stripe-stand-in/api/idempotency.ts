import type { IdempotencyRecord } from '../store/records.ts';
import type { Reader, Store } from '../store/store.ts';
import { ApiError, invalidRequest } from './api-error.ts';

const RETENTION_MS = 24 * 60 * 60 * 1_000;
const MAX_KEY_CHARACTERS = 255;

/** What a request's idempotency key says about it. */
export type KeyState =
  | { readonly kind: 'first' }
  | { readonly kind: 'replay'; readonly record: IdempotencyRecord };

/** Keys whose first request is being worked on. */
export interface InFlightKeys {
  readonly keys: Map<string, { readonly path: string; readonly parameters: string }>;
}

export function createInFlightKeys(): InFlightKeys {
  return { keys: new Map() };
}

/**
 * Decides by the key alone, before any parameter is validated: a replay is answered as it was,
 * even where the same parameters would be refused today. Throws 400 `idempotency_error` for another
 * request under the same key, 409 `idempotency_key_in_use` while the first is still running.
 */
export function judgeKey(
  reader: Reader,
  inFlight: InFlightKeys,
  key: string,
  request: { readonly path: string; readonly parameters: string; readonly nowMs: number },
): KeyState {
  if (key.length > MAX_KEY_CHARACTERS) {
    throw invalidRequest(
      `Idempotency keys can be at most ${MAX_KEY_CHARACTERS} characters, but yours has ${key.length}.`,
    );
  }
  const running = inFlight.keys.get(key);
  const stored = reader.get('idempotency', key);
  const record = stored && request.nowMs - stored.createdAtMs < RETENTION_MS ? stored : undefined;
  const earlier = running ?? record;
  if (earlier === undefined) return { kind: 'first' };
  if (earlier.path !== request.path) {
    throw idempotencyError(
      `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${request.path}' vs '${earlier.path}'). Try using a key other than '${key}' if you meant to execute a different request.`,
    );
  }
  if (earlier.parameters !== request.parameters) {
    throw idempotencyError(
      `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
    );
  }
  if (running === undefined && record !== undefined) return { kind: 'replay', record };
  throw new ApiError(
    409,
    'invalid_request_error',
    `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`,
    { code: 'idempotency_key_in_use' },
  );
}

/** Forgets the keys that no request can meet any more. */
export function forgetOldKeys(store: Store, nowMs: number): void {
  store.transact((tx) => {
    for (const [key, record] of tx.all('idempotency')) {
      if (nowMs - record.createdAtMs >= RETENTION_MS) tx.remove('idempotency', key);
    }
  });
}

function idempotencyError(message: string): ApiError {
  return new ApiError(400, 'idempotency_error', message);
}
