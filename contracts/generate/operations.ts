import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HEADER } from './contracts.ts';
import { type OpenApi, operationsOf, type ResolvedOperation } from './openapi.ts';

/** The table of a contract's operations, for routers, allowlists and tests. */
export async function writeOperations(document: OpenApi, target: string): Promise<void> {
  const rows = operationsOf(document).map(
    (operation) => `  ${operation.operationId}: ${JSON.stringify(describe(operation))},`,
  );
  const basePath = new URL(document.servers?.[0]?.url ?? '/', 'http://contract').pathname;
  const text = `${HEADER}

/** One operation of the contract. \`path\` follows BASE_PATH and has its parameters in braces. */
export type Operation = {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'PATCH' | 'HEAD' | 'OPTIONS';
  readonly path: string;
  /** Whether an \`Idempotency-Key\` is required. */
  readonly idempotent: boolean;
  /** Whether the headers of the shop context are required. */
  readonly shopContext: boolean;
  /** Header names in lower case. */
  readonly requiredHeaders: readonly string[];
  readonly optionalHeaders: readonly string[];
  /** Null where the operation takes no body. */
  readonly body: { readonly required: boolean; readonly contentTypes: readonly string[] } | null;
  /** The documented ones, as the contract spells them: \`200\`, or \`default\`. */
  readonly statuses: readonly string[];
  /** Alternatives, each a list of security schemes that are needed together. */
  readonly security: readonly (readonly string[])[];
  /** The contract's own \`x-\` words, in camel case: \`x-answered-by\` is \`answeredBy\`. */
  readonly extensions: Readonly<Record<string, unknown>>;
};

/** What the contract's server puts before every path; empty where that is the root. */
export const BASE_PATH = ${JSON.stringify(basePath === '/' ? '' : basePath.replace(/\/$/, ''))};

export const VERSION = ${JSON.stringify(document.info.version)};

export const operations = {
${rows.join('\n')}
} as const satisfies Readonly<Record<string, Operation>>;

export type OperationId = keyof typeof operations;
`;
  await writeFile(path.join(target, 'operations.ts'), text);
}

function describe(operation: ResolvedOperation): object {
  const headers = operation.parameters.filter((parameter) => parameter.in === 'header');
  const namesOf = (isRequired: boolean) =>
    headers
      .filter(({ required = false }) => required === isRequired)
      .map(({ name }) => name.toLowerCase());
  const requiredHeaders = namesOf(true);
  return {
    method: operation.method.toUpperCase(),
    path: operation.path,
    idempotent: requiredHeaders.includes('idempotency-key'),
    shopContext: requiredHeaders.includes('x-shop-id'),
    requiredHeaders,
    optionalHeaders: namesOf(false),
    body: operation.requestBody && {
      required: operation.requestBody.required ?? false,
      contentTypes: Object.keys(operation.requestBody.content),
    },
    statuses: operation.statuses,
    security: operation.security.map((alternative) => Object.keys(alternative)),
    extensions: Object.fromEntries(
      Object.entries(operation.extensions).map(([key, value]) => [camelCase(key.slice(2)), value]),
    ),
  };
}

function camelCase(text: string): string {
  return text.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
