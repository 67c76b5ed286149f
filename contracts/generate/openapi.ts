/** As much of OpenAPI 3.1 as the generators read. Documents are linted before, so that this is no parser. */

export const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'] as const;
export type Method = (typeof METHODS)[number];

export type Schema = { [keyword: string]: unknown };
export type Reference = { $ref: string };

export type Parameter = { name: string; in: string; required?: boolean };
export type RequestBody = { required?: boolean; content: Record<string, { schema?: Schema }> };

export type Operation = {
  operationId: string;
  parameters?: (Parameter | Reference)[];
  requestBody?: RequestBody | Reference;
  responses: Record<string, unknown>;
  security?: Record<string, string[]>[];
  [extension: `x-${string}`]: unknown;
};

export type PathItem = { [method in Method]?: Operation } & {
  parameters?: (Parameter | Reference)[];
};

export type Components = { schemas?: Record<string, Schema> } & Record<
  string,
  Record<string, unknown> | undefined
>;

export type OpenApi = {
  openapi: string;
  info: { title: string; version: string };
  servers?: { url: string }[];
  security?: Record<string, string[]>[];
  paths: Record<string, PathItem>;
  components?: Components;
};

/** An operation with everything that OpenAPI lets stand elsewhere: path, method, shared parts. */
export type ResolvedOperation = {
  operationId: string;
  method: Method;
  path: string;
  parameters: Parameter[];
  requestBody: RequestBody | null;
  statuses: string[];
  security: Record<string, string[]>[];
  extensions: Record<string, unknown>;
};

/** Every operation of a bundled document, in its order. */
export function operationsOf(document: OpenApi): ResolvedOperation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      if (operation === undefined) return [];
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])];
      const { requestBody } = operation;
      return {
        operationId: operation.operationId,
        method,
        path,
        parameters: parameters.map((parameter) => follow<Parameter>(document, parameter)),
        requestBody: requestBody ? follow<RequestBody>(document, requestBody) : null,
        statuses: Object.keys(operation.responses),
        security: operation.security ?? document.security ?? [],
        extensions: Object.fromEntries(
          Object.entries(operation).filter(([key]) => key.startsWith('x-')),
        ),
      };
    }),
  );
}

/** Resolves a local reference, any number of times. Throws for one that leads nowhere. */
export function follow<T extends object>(document: OpenApi, value: T | Reference): T {
  if (!('$ref' in value) || typeof value.$ref !== 'string') return value as T;
  const target = value.$ref
    .replace(/^#\//, '')
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>(
      (node, token) => (node as Record<string, unknown> | undefined)?.[token],
      document,
    );
  if (typeof target !== 'object' || target === null) {
    throw new Error(`${value.$ref} leads nowhere`);
  }
  return follow<T>(document, target as T | Reference);
}
