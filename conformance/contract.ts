import { readFile } from 'node:fs/promises';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Received } from './http.ts';

type MediaType = { schema?: unknown };
type Response = {
  headers?: Record<string, { required?: boolean } | { $ref: string }>;
  content?: Record<string, MediaType>;
};
type Document = {
  paths: Record<
    string,
    Record<
      string,
      { operationId?: string; responses?: Record<string, Response | { $ref: string }> }
    >
  >;
};

/** What a contract says of answers, as a judge of them. */
export type Contract = {
  /** Every way in which an answer breaks the contract, each with the clause; empty when it keeps it. */
  faults(operationId: string, answer: Received): string[];
};

function resolver(document: unknown): <T>(value: T | { $ref: string }) => T {
  const resolve = <T>(value: T | { $ref: string }): T => {
    if (typeof value !== 'object' || value === null || !('$ref' in value)) return value as T;
    const segments = value.$ref
      .replace(/^#\//, '')
      .split('/')
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    const found = segments.reduce<unknown>(
      (node, segment) => (node as Record<string, unknown>)[segment],
      document,
    );
    return resolve(found as T | { $ref: string });
  };
  return resolve;
}

/** @throws when the contract is not generated. */
export async function readContract(name: 'public-v1' | 'ops-v1'): Promise<Contract> {
  const url = new URL(import.meta.resolve(`@commerce/generated/${name}/openapi.json`));
  const document = JSON.parse(await readFile(url, 'utf8')) as Document;
  const resolve = resolver(document);
  const ajv = new Ajv2020.default({ strict: false, allErrors: true });
  addFormats.default(ajv);
  // Pointers inside a schema are the document's, so schemas are compiled as parts of it.
  ajv.addSchema(document as object, 'contract');
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, ...operation })),
  );
  const schemaFaults = (schema: unknown, body: unknown): string[] => {
    const inDocument = JSON.parse(
      JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"contract#/'),
    ) as object;
    const validate = ajv.compile(inDocument);
    if (validate(body)) return [];
    return (validate.errors ?? []).map((error) => `body${error.instancePath} ${error.message}`);
  };
  return {
    faults: (operationId, answer) => {
      const operation = operations.find((candidate) => candidate.operationId === operationId);
      const documented = operation?.responses?.[String(answer.status)];
      if (documented === undefined)
        return [`status ${answer.status} is not documented for ${operationId}`];
      const response = resolve(documented);
      const missing = Object.entries(response.headers ?? {})
        .filter(
          ([name, header]) =>
            resolve(header).required === true && answer.headers[name.toLowerCase()] === undefined,
        )
        .map(([name]) => `header ${name} is missing`);
      const content = response.content;
      if (content === undefined) return missing;
      const schema = content[answer.mediaType]?.schema;
      if (schema === undefined)
        return [
          ...missing,
          `media type ${answer.mediaType} is not among ${Object.keys(content).join(', ')}`,
        ];
      return [...missing, ...schemaFaults(schema, answer.body)];
    },
  };
}
