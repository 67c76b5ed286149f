import { invalidRequest } from './api-error.ts';

/** A parsed form: names to texts or nested forms. An array is a form whose names are its indexes. */
export type FormTree = Map<string, FormValue>;
export type FormValue = string | FormTree;

/** Nesting beyond which a name is refused; Stripe's own parameters go five deep. */
const MAX_DEPTH = 16;
const MAX_PAIRS = 5_000;

/**
 * Parses `application/x-www-form-urlencoded` text, bodies and query strings alike, with nested
 * names: `metadata[shop_id]=a`, `line_items[0][quantity]=1`, `expand[]=x`. The last of two equal
 * names wins. Throws a 400 where a name is used as a text and as a form at once, or where the
 * percent-encoding is broken.
 */
export function parseForm(...texts: readonly string[]): FormTree {
  const root: FormTree = new Map();
  const pairs = texts.flatMap((text) => text.split('&')).filter((pair) => pair !== '');
  if (pairs.length > MAX_PAIRS) throw invalidRequest('Too many parameters.');
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? '' : decode(pair.slice(equals + 1));
    insert(root, splitName(name), value, name);
  }
  return root;
}

/** The same form as plain JSON values with sorted keys: two forms are equal when their texts are. */
export function canonicalForm(value: FormValue): string {
  return JSON.stringify(plainForm(value));
}

/** The form as plain objects, for logs and comparison. */
export function plainForm(value: FormValue): unknown {
  if (typeof value === 'string') return value;
  const entries = [...value].sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, plainForm(inner)]));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw invalidRequest(`Invalid percent-encoding in the request: ${text}`);
  }
}

/** `a[b][]` to `['a', 'b', '']`; what is not closed or follows the last bracket is part of the name. */
function splitName(name: string): string[] {
  const open = name.indexOf('[');
  const brackets = open <= 0 ? undefined : name.slice(open);
  if (brackets === undefined || !/^(?:\[[^[\]]*\])+$/.test(brackets)) return [name];
  const segments = [name.slice(0, open), ...brackets.slice(1, -1).split('][')];
  if (segments.length > MAX_DEPTH) throw invalidRequest(`Parameter nested too deeply: ${name}`);
  return segments;
}

function insert(root: FormTree, segments: readonly string[], value: string, name: string): void {
  let tree = root;
  for (let index = 0; index < segments.length - 1; index += 1) {
    const segment = segments[index] ?? '';
    const key = segment === '' ? elementFor(tree, segments.slice(index + 1)) : segment;
    const inner = tree.get(key) ?? new Map<string, FormValue>();
    if (typeof inner === 'string') throw notAForm(name);
    tree.set(key, inner);
    tree = inner;
  }
  const last = segments[segments.length - 1] ?? '';
  const key = last === '' && segments.length > 1 ? nextIndex(tree) : last;
  if (typeof (tree.get(key) ?? '') !== 'string') throw notAForm(name);
  tree.set(key, value);
}

/** `a[][x]=1&a[][y]=2&a[][x]=3` is two elements: a name that the last element has begins another. */
function elementFor(tree: FormTree, rest: readonly string[]): string {
  const lastKey = [...tree.keys()].at(-1);
  const lastElement = lastKey === undefined ? undefined : tree.get(lastKey);
  const fits = lastElement instanceof Map && !hasPath(lastElement, rest);
  return lastKey !== undefined && fits ? lastKey : nextIndex(tree);
}

function hasPath(tree: FormTree, path: readonly string[]): boolean {
  const [head = '', ...tail] = path;
  const inner = tree.get(head);
  if (tail.length === 0) return inner !== undefined;
  return inner instanceof Map && hasPath(inner, tail);
}

function nextIndex(tree: FormTree): string {
  let index = tree.size;
  while (tree.has(String(index))) index += 1;
  return String(index);
}

function notAForm(name: string): Error {
  return invalidRequest(`Invalid request: ${name} is given both as a value and as an object.`);
}
