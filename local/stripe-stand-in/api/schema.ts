import { invalidRequest, parameterMissing, parameterUnknown } from './api-error.ts';
import type { FormTree, FormValue } from './form.ts';

/** Reads one parameter: its value, or the 400 that Stripe would answer. `path` is its full name. */
export interface Param<T> {
  read(value: FormValue | undefined, path: string): T;
}

export type Shape = Record<string, Param<unknown>>;
export type Parsed<S extends Shape> = {
  [Name in keyof S]: S[Name] extends Param<infer T> ? T : never;
};

/** A parameter that may be left out. */
export function optional<T>(param: Param<T>): Param<T | undefined> {
  return { read: (value, path) => (value === undefined ? undefined : param.read(value, path)) };
}

/** A parameter that an empty text unsets; then null. */
export function emptyable<T>(param: Param<T>): Param<T | null> {
  return { read: (value, path) => (value === '' ? null : param.read(value, path)) };
}

/** A set of named parameters; every other name is `parameter_unknown`. */
export function hash<S extends Shape>(shape: S): Param<Parsed<S>> {
  return {
    read(value, path) {
      const tree = value === undefined ? absent(path) : asTree(value, path);
      refuseUnknownNames(tree, shape, path);
      const entries = Object.entries(shape).map(([name, param]) => [
        name,
        param.read(tree.get(name), innerPath(path, name)),
      ]);
      // Built from the shape's own entries, each read by the parameter of that name.
      return Object.fromEntries(entries) as Parsed<S>;
    },
  };
}

/** An array of up to `maxItems`, in the order of its indexes. */
export function list<T>(item: Param<T>, maxItems: number): Param<T[]> {
  return {
    read(value, path) {
      const tree = value === undefined ? absent(path) : asTree(value, path, 'Invalid array');
      const indexes = [...tree.keys()];
      if (!indexes.every((index) => /^\d{1,6}$/.test(index))) {
        throw invalidRequest('Invalid array', { param: path });
      }
      if (indexes.length > maxItems) {
        const message = `Array ${path} exceeded maximum ${maxItems} allowed elements.`;
        throw invalidRequest(message, { param: path });
      }
      indexes.sort((left, right) => Number(left) - Number(right));
      return indexes.map((index, position) =>
        item.read(tree.get(index), innerPath(path, String(position))),
      );
    },
  };
}

/** Stripe metadata: at most 50 keys of 40 characters, values of 500; an empty value is no value. */
export const metadata: Param<Record<string, string>> = {
  read(value, path) {
    if (value === undefined) throw parameterMissing(path);
    if (value === '') return {};
    const entries = [...asTree(value, path)].map(([key, inner]) => {
      const param = innerPath(path, key);
      if (typeof inner !== 'string') {
        throw invalidRequest('Metadata values must be strings.', { param });
      }
      if (key.length > 40) {
        const message = `Metadata keys can only be up to 40 characters in length, but you passed in a key that is ${key.length} characters. Invalid key: ${key}`;
        throw invalidRequest(message, { param: path });
      }
      if (inner.length > 500) {
        const message = `Metadata values can have up to 500 characters, but you passed in a value that is ${inner.length} characters. Invalid value: ${inner}`;
        throw invalidRequest(message, { param });
      }
      return [key, inner] as const;
    });
    const kept = entries.filter(([, inner]) => inner !== '');
    if (kept.length > 50) {
      throw invalidRequest(`You can only add up to 50 metadata keys; you passed ${kept.length}.`, {
        param: path,
      });
    }
    return Object.fromEntries(kept);
  },
};

/** A documented parameter that the stand-in does not have: refused by name, never silently ignored. */
export const unsupported: Param<undefined> = {
  read(value, path) {
    if (value === undefined) return undefined;
    throw invalidRequest(`The Stripe stand-in does not support the parameter \`${path}\`.`, {
      param: path,
    });
  },
};

function refuseUnknownNames(tree: FormTree, shape: Shape, path: string): void {
  const unknown = [...tree.keys()].filter((name) => !Object.hasOwn(shape, name));
  const [first] = unknown;
  if (first === undefined) return;
  const names = unknown.map((name) => innerPath(path, name));
  if (names.length === 1) throw parameterUnknown(innerPath(path, first));
  throw invalidRequest(`Received unknown parameters: ${names.join(', ')}`, {
    code: 'parameter_unknown',
    param: innerPath(path, first),
  });
}

function absent(path: string): FormTree {
  if (path === '') return new Map();
  throw parameterMissing(path);
}

function asTree(value: FormValue, path: string, message = 'Invalid object'): FormTree {
  if (typeof value !== 'string') return value;
  throw invalidRequest(message, { param: path });
}

function innerPath(path: string, name: string): string {
  return path === '' ? name : `${path}[${name}]`;
}
