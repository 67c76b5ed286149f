import { SHOP_ID_PATTERN } from '@commerce/contracts/vocabulary/ids.ts';
import type { ProblemPlace } from '@commerce/contracts/vocabulary/problem.ts';
import type { HostKind, HostMode } from '@commerce/generated/ops-v1/client/types.gen.ts';

/** How one parameter of a query is read. */
export interface Parameter<Value> {
  /** Undefined where the text is none. */
  readonly parse: (text: string) => Value | undefined;
  /** Ends a sentence that begins with "must be". */
  readonly expected: string;
}

type Parameters = Readonly<Record<string, Parameter<unknown>>>;

export type QueryReading<P extends Parameters> =
  | {
      readonly ok: true;
      /** Null for a parameter that was not sent. */
      readonly query: { readonly [Name in keyof P]: ParsedBy<P[Name]> | null };
    }
  | { readonly ok: false; readonly errors: ProblemPlace[] };

type ParsedBy<P> = P extends Parameter<infer Value> ? Value : never;

/**
 * Reads a query by the parameters that the operation has. One that it does not have is refused: `?dryrun=true` is a
 * write that was not meant.
 */
export function readQuery<P extends Parameters>(
  search: URLSearchParams,
  parameters: P,
): QueryReading<P> {
  const errors: ProblemPlace[] = [];
  const known = Object.keys(parameters);
  for (const name of new Set(search.keys())) {
    if (known.includes(name)) continue;
    const instead = known.length === 0 ? 'it takes none' : `it takes ${known.join(', ')}`;
    errors.push(place(name, `is not a parameter of this operation: ${instead}`));
  }
  const query: Record<string, unknown> = {};
  for (const [name, { parse, expected }] of Object.entries(parameters)) {
    const [text, ...others] = search.getAll(name);
    query[name] = text === undefined ? null : parse(text);
    if (others.length > 0) errors.push(place(name, 'is given more than once'));
    else if (query[name] === undefined) errors.push(place(name, `must be ${expected}`));
  }
  if (errors.length > 0) return { ok: false, errors };
  return { ok: true, query: query as { [Name in keyof P]: ParsedBy<P[Name]> | null } };
}

const HOST_PATTERN = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;
const MAX_VERSION = 2_147_483_647;

export const SHOP_ID: Parameter<string> = {
  parse: (text) => (SHOP_ID_PATTERN.test(text) ? text : undefined),
  expected: 'the id of a shop: a lower-case letter, then lower-case letters, digits and dashes',
};

export const HOST: Parameter<string> = {
  parse: (text) => (HOST_PATTERN.test(text) ? text : undefined),
  expected: 'a host in lower case, without a port',
};

export const KIND = oneOf<HostKind>(['canonical', 'alias', 'vanity']);
export const MODE = oneOf<HostMode>(['active', 'landing_only', 'redirect_only', 'expired']);
export const LIMIT = integer(1, 100);
export const VERSION = integer(1, MAX_VERSION);

export const DRY_RUN: Parameter<boolean> = {
  parse: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
  expected: 'true or false',
};

/** As the contract's ChangeReason: characters, not code units. */
export const REASON: Parameter<string> = {
  parse: (text) => ([...text].length >= 3 && [...text].length <= 500 ? text : undefined),
  expected: 'a reason of 3 to 500 characters',
};

function oneOf<Word extends string>(words: readonly Word[]): Parameter<Word> {
  return {
    parse: (text) => words.find((word) => word === text),
    expected: `one of ${words.join(', ')}`,
  };
}

function integer(min: number, max: number): Parameter<number> {
  return {
    parse: (text) => {
      const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? value : undefined;
    },
    expected: `a whole number from ${min} to ${max}`,
  };
}

function place(name: string, message: string): ProblemPlace {
  return { path: `/query/${name}`, message };
}
