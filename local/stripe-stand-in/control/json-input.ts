import { invalidRequest } from '../api/api-error.ts';
import { FAULT_KINDS, type Fault } from '../api/faults.ts';
import type { Buyer } from '../payments/pay.ts';
import { DELIVERY_FAULT_KINDS, type DeliveryFault } from '../webhooks/delivery-faults.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** The body as a JSON object; an empty one is `{}`. Throws a 400 otherwise. */
export function parseJsonObject(body: string): JsonObject {
  if (body.trim() === '') return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw invalidRequest('The body is not JSON.');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw invalidRequest('The body is not a JSON object.');
  }
  return { ...parsed };
}

/** One of `words`, from the field `outcome`. */
export function readOutcome<const W extends readonly string[]>(
  input: JsonObject,
  words: W,
): W[number] {
  return readWord(input, 'outcome', words);
}

export function readBuyer(input: JsonObject): Buyer {
  return { email: readText(input, 'email'), name: readText(input, 'name') };
}

/** `{ operation, fault, delayMs?, times? }`; without `times` it lasts until the faults are cleared. */
export function readFault(input: JsonObject, operationIds: readonly string[]): Fault {
  return {
    operation: readWord(input, 'operation', ['*', ...operationIds]),
    fault: readWord(input, 'fault', FAULT_KINDS),
    delayMs: readCount(input, 'delayMs', 0) ?? 1_000,
    remaining: readCount(input, 'times', 1) ?? null,
  };
}

/** `{ fault, types?, delayMs?, copies?, probability?, seed?, times? }`; without `types` it is for every event. */
export function readDeliveryFault(input: JsonObject): DeliveryFault {
  const { types = [], probability = 1 } = input;
  if (!Array.isArray(types) || !types.every((type) => typeof type === 'string')) {
    throw invalidRequest('Invalid types: must be a list of event types', { param: 'types' });
  }
  if (typeof probability !== 'number' || !(probability >= 0 && probability <= 1)) {
    throw invalidRequest('Invalid probability: must be from 0 to 1', { param: 'probability' });
  }
  return {
    fault: readWord(input, 'fault', DELIVERY_FAULT_KINDS),
    types,
    delayMs: readCount(input, 'delayMs', 0) ?? 1_000,
    copies: readCount(input, 'copies', 1) ?? 1,
    probability,
    seed: readCount(input, 'seed', 0) ?? 1,
    remaining: readCount(input, 'times', 1) ?? null,
  };
}

export function readWord<const W extends readonly string[]>(
  input: JsonObject,
  field: string,
  words: W,
): W[number] {
  const word = words.find((candidate) => candidate === input[field]);
  if (word === undefined) {
    const message = `Invalid ${field} ${JSON.stringify(input[field])}: must be one of ${words.join(', ')}`;
    throw invalidRequest(message, { param: field });
  }
  return word;
}

export function readText(input: JsonObject, field: string): string | undefined {
  const value = input[field];
  if (value === undefined || typeof value === 'string') return value;
  throw invalidRequest(`Invalid ${field}: must be a string`, { param: field });
}

export function readCount(input: JsonObject, field: string, min: number): number | undefined {
  const value = input[field];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= min) return value;
  throw invalidRequest(`Invalid ${field}: must be an integer of at least ${min}`, { param: field });
}
