import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import addFormats from 'ajv-formats';
import { bundleValidators } from './bundle-validators.ts';
import { HEADER } from './contracts.ts';
import { type OpenApi, operationsOf, type Schema } from './openapi.ts';

/** Words of OpenAPI that say nothing about validity. */
const ANNOTATIONS = ['example', 'externalDocs', 'xml', 'discriminator'];

const SHARED = 'contract://schemas/';

/**
 * Validators of every JSON request body, as plain code: Ajv writes them at build time, since a Worker
 * may not make functions from text, and esbuild puts Ajv's few runtime functions beside them.
 */
export async function writeRequestBodies(document: OpenApi, target: string): Promise<void> {
  const bodies = operationsOf(document).flatMap(({ operationId, requestBody }) => {
    const schema = requestBody?.content['application/json']?.schema;
    return schema ? [{ operationId, schema }] : [];
  });
  const operationIds = bodies.map(({ operationId }) => operationId);
  const code = await bundleValidators(standaloneCode(document, bodies), operationIds);
  await writeFile(path.join(target, 'request-bodies.js'), code);
  await writeFile(path.join(target, 'request-bodies.d.ts'), declarations(operationIds));
}

function standaloneCode(
  document: OpenApi,
  bodies: { operationId: string; schema: Schema }[],
): string {
  const ajv = new Ajv2020({
    // Not all errors: a hostile array would be checked item by item, after its length has been refused.
    allErrors: false,
    inlineRefs: false,
    strictTypes: false,
    strictRequired: false,
    code: { source: true, esm: true, lines: true },
  });
  addFormats.default(ajv);
  for (const keyword of ANNOTATIONS) ajv.addKeyword(keyword);
  // Each shared schema is a document of its own: then it becomes one function, whoever refers to it.
  for (const [name, schema] of Object.entries(document.components?.schemas ?? {})) {
    ajv.addSchema({ ...localised(schema), $id: `${SHARED}${name}` });
  }
  for (const { operationId, schema } of bodies) {
    ajv.addSchema({ ...localised(schema), $id: operationId });
  }
  const exported = Object.fromEntries(bodies.map(({ operationId }) => [operationId, operationId]));
  return standalone.default(ajv, exported);
}

/** The same schema, with its references to the shared schemas and without `x-` extensions. */
function localised<T>(value: T): T {
  if (Array.isArray(value)) return value.map(localised) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, child]): [string, unknown][] => {
    if (key.startsWith('x-')) return [];
    if (key === '$ref' && typeof child === 'string') {
      return [
        [
          key,
          child.replace(/^#\/components\/schemas\/([^/]+)\/?/, `${SHARED}$1#/`).replace(/#\/$/, ''),
        ],
      ];
    }
    return [[key, localised(child)]];
  });
  return Object.fromEntries(entries) as T;
}

function declarations(operationIds: string[]): string {
  return `${HEADER}

/** \`path\` is a JSON pointer into the request, such as \`/body/items/0/quantity\`. */
export type BodyPlace = { path: string; message: string };

/** Answers null for a valid body, else the first place that breaks its schema. */
export type BodyValidator = (body: unknown) => BodyPlace[] | null;

/** The operations that take a JSON body. */
export type OperationWithBody =
${operationIds.map((id) => `  | '${id}'`).join('\n')};

export declare const requestBodies: Readonly<Record<OperationWithBody, BodyValidator>>;
`;
}
