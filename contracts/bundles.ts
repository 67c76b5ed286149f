/** Bundled contracts, read for the tests beside this file. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export type Json = { [key: string]: unknown };
type Media = { schema: Json; examples?: Record<string, { value: unknown }> };
type Response = { headers: Record<string, Json>; content?: Record<string, Media> };
type Parameter = { name: string; in: string; required?: boolean };
type Operation = {
  operationId: string;
  parameters: Parameter[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, Response>;
} & Json;

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

/** The committed bundle, which `npm run generate -- --check` holds equal to the sources. */
export function readBundle(name: string): Json {
  const file = path.join(import.meta.dirname, '../generated', name, 'openapi.json');
  return JSON.parse(readFileSync(file, 'utf8')) as Json;
}

export type Validator = (schema: Json) => ValidateFunction;

/** Compiles a reference into `document` for validation as the services do it: JSON Schema 2020-12 with formats. */
export function validatorOf(document: Json): Validator {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, 'contract');
  return ({ $ref }) => ajv.compile({ $ref: `contract${$ref}` });
}

/** Every operation, its parameters, responses, headers and examples resolved; schemas stay references. */
export function operationsOf(document: Json): Operation[] {
  const follow = <T>(value: T): T => {
    const reference = (value as { $ref?: unknown } | undefined)?.$ref;
    if (typeof reference !== 'string') return value;
    const target = reference
      .slice(2)
      .split('/')
      .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce<unknown>((node, token) => (node as Json)[token], document);
    return follow(target as T);
  };
  const media = (content: Record<string, Media> | undefined) =>
    mapValues(content ?? {}, ({ schema, examples }) => ({
      schema,
      examples: mapValues(examples ?? {}, follow),
    }));
  return Object.values(document.paths as Record<string, Json>).flatMap((item) =>
    METHODS.flatMap((method) => {
      const operation = item[method] as Operation | undefined;
      if (operation === undefined) return [];
      const shared = (item.parameters ?? []) as Parameter[];
      const { requestBody } = operation;
      const resolved: Operation = {
        ...operation,
        parameters: [...shared, ...(operation.parameters ?? [])].map(follow),
        responses: mapValues(operation.responses, (response) => {
          const { headers, content } = follow(response);
          return {
            headers: mapValues(headers ?? {}, follow),
            ...(content && { content: media(content) }),
          };
        }),
      };
      if (requestBody) resolved.requestBody = { content: media(requestBody.content) };
      return [resolved];
    }),
  );
}

function mapValues<A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

export function examplesOf(response: Response | undefined): [string, { value: unknown }][] {
  return Object.values(response?.content ?? {}).flatMap((media) =>
    Object.entries(media.examples ?? {}),
  );
}

/** What is wrong with the examples of a body; having none is wrong. */
export function faultsOf(
  validator: Validator,
  at: string,
  content: Record<string, Media> | undefined,
): string[] {
  const bodies = Object.values(content ?? {});
  if (bodies.length === 0) return [`${at} has no body`];
  return bodies.flatMap(({ schema, examples }) => {
    const valid = validator(schema);
    const entries = Object.entries(examples ?? {});
    if (entries.length === 0) return [`${at} has no example`];
    return entries
      .filter(([, { value }]) => !valid(value))
      .map(([key]) => `${at} ${key}: ${JSON.stringify(valid.errors)}`);
  });
}

export function schemasOf(document: Json): Record<string, Json> {
  return (document.components as { schemas: Record<string, Json> }).schemas;
}

/** Objects below a schema that accept a field which they do not name; maps with a typed value are closed. */
export function openObjects(document: Json, schema: Json, seen = new Set<string>()): string[] {
  if (typeof schema.$ref === 'string') {
    if (seen.has(schema.$ref)) return [];
    seen.add(schema.$ref);
    const name = schema.$ref.replace('#/components/schemas/', '');
    return openObjects(document, schemasOf(document)[name] ?? {}, seen).map((p) => p || name);
  }
  const open = schema.type === 'object' && (schema.additionalProperties ?? true) === true;
  const below = [
    ...Object.values((schema.properties ?? {}) as Record<string, Json>),
    ...['oneOf', 'anyOf', 'allOf'].flatMap((keyword) => (schema[keyword] ?? []) as Json[]),
    ...(schema.items ? [schema.items as Json] : []),
  ];
  return [...(open ? [''] : []), ...below.flatMap((child) => openObjects(document, child, seen))];
}

/** Every object of a document with its JSON pointer. */
export function placesOf(node: unknown, at = '#'): [string, Json][] {
  if (typeof node !== 'object' || node === null) return [];
  const children = Object.entries(node).flatMap(([key, child]) => placesOf(child, `${at}/${key}`));
  return Array.isArray(node) ? children : [[at, node as Json], ...children];
}
