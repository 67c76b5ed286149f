/** A bundled contract, as the service uses it: which operations there are, what they demand, and what they promise. */
import { readFile } from 'node:fs/promises';
import type { ProblemPlace } from '@commerce/contracts/vocabulary/problem.ts';
import { ATTEMPT_HEADER } from '@commerce/contracts/vocabulary/retry.ts';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import {
  OpenAPIBackend,
  OpenAPIValidator,
  type Operation,
  ValidationContext,
} from 'openapi-backend';

export type ContractName = 'node-v1' | 'ops-v1';

export type ContractOperation = {
  readonly contract: ContractName;
  readonly operationId: string;
  readonly method: string;
  /** In @koa/router's notation, with the contract's base path. */
  readonly path: string;
  readonly family: string;
  readonly trades: boolean;
  readonly settles: boolean;
  readonly answeredBy: string;
  readonly requiresIdempotencyKey: boolean;
  /** Whether a caller may say which try of the same request this is. */
  readonly takesAttempt: boolean;
  readonly body: 'none' | 'optional' | 'required';
  /** Security schemes by name; all of one alternative must be met. */
  readonly security: readonly (readonly string[])[];
};

export type RequestParts = {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string | string[]>;
  readonly headers: Record<string, string | string[]>;
  readonly body: unknown;
};

export type Contract = {
  readonly operations: readonly ContractOperation[];
  /** Every place where a request breaks the contract; empty when it keeps it. */
  requestErrors(operationId: string, request: RequestParts): ProblemPlace[];
  /** Every way in which an answer breaks the contract; empty when it keeps it. */
  answerErrors(
    operationId: string,
    answer: { status: number; headers: Record<string, unknown>; body: unknown },
  ): string[];
};

type Fields = Record<string, unknown>;
type Defaults = {
  readonly basePath: string;
  readonly defaultSecurity: readonly Record<string, unknown>[];
};
type Document = Exclude<ConstructorParameters<typeof OpenAPIBackend>[0]['definition'], string>;
type ContractDocument = Document & {
  readonly servers: readonly { readonly url: string }[];
  readonly security?: readonly Fields[];
};

const MAX_ERRORS = 20;
/** Characters of a path that are answered: names in it may be the client's. */
const MAX_PATH = 200;

/** The document was linted when it was generated; openapi-backend's own check knows OpenAPI 3.0 alone. */
class LintedBackend extends OpenAPIBackend {
  override validateDefinition(): this['document'] {
    return this.document;
  }
}

/** Its response validation compiles `application/json` alone; a problem is JSON too. */
function mirrorProblems(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const content = (value as Fields).content as Fields | undefined;
  const problem = content?.['application/problem+json'];
  if (content !== undefined && problem !== undefined) content['application/json'] ??= problem;
  for (const member of Object.values(value)) mirrorProblems(member);
}

/** One validator compiler for each context, since compiling sixty operations apart takes seconds. */
function compilers(): (context: ValidationContext) => unknown {
  const byContext = new Map<ValidationContext, unknown>();
  return (context) => {
    const known = byContext.get(context);
    if (known !== undefined) return known;
    // A number in a path or a query comes as text.
    const coerceTypes = context === ValidationContext.Params;
    const ajv = new Ajv2020.default({
      strict: false,
      allErrors: context === ValidationContext.Response,
      coerceTypes,
    });
    addFormats.default(ajv);
    byContext.set(context, ajv);
    return ajv;
  };
}

function parameterOf(operation: Operation, name: string): { readonly required?: boolean } | null {
  const named = (operation.parameters ?? []).flatMap((parameter) =>
    'name' in parameter && parameter.name.toLowerCase() === name ? [parameter] : [],
  );
  return named[0] ?? null;
}

function describe(
  contract: ContractName,
  { basePath, defaultSecurity }: Defaults,
  operation: Operation,
): ContractOperation {
  const { operationId, method, path } = operation;
  if (operationId === undefined) throw new Error(`${method} ${path} has no operationId`);
  const extensions = operation as unknown as Fields;
  const { requestBody } = operation;
  return {
    contract,
    operationId,
    method: method.toUpperCase(),
    path: basePath + path.replaceAll(/\{([^}]+)\}/g, ':$1'),
    family: String(extensions['x-family'] ?? 'other'),
    trades: extensions['x-trades'] === true,
    settles: extensions['x-settles'] === true,
    answeredBy: String(extensions['x-answered-by'] ?? 'node'),
    requiresIdempotencyKey: parameterOf(operation, 'idempotency-key')?.required === true,
    takesAttempt: parameterOf(operation, ATTEMPT_HEADER) !== null,
    body:
      requestBody === undefined
        ? 'none'
        : 'required' in requestBody && requestBody.required === true
          ? 'required'
          : 'optional',
    security: (operation.security ?? defaultSecurity).map((alternative) =>
      Object.keys(alternative),
    ),
  };
}

type SchemaError = {
  readonly instancePath?: string;
  readonly keyword: string;
  readonly message?: string | undefined;
  readonly params?: Readonly<Record<string, unknown>>;
};

/** A JSON pointer into `/body`, or the name of the header or parameter that is wrong. */
function placeOf({ instancePath = '', keyword, message, params }: SchemaError): ProblemPlace {
  const [, part = '', name] = instancePath.split('/');
  const missing = keyword === 'required' ? params?.missingProperty : undefined;
  if (part !== 'requestBody' && part !== 'body') {
    return missing === undefined
      ? { path: name ?? part, message: message ?? keyword }
      : { path: String(missing), message: 'is required' };
  }
  const path = instancePath.replace(`/${part}`, '/body').slice(0, MAX_PATH);
  const extra = params?.additionalProperty;
  if (extra === undefined) return { path, message: message ?? keyword };
  const member = String(extra).slice(0, MAX_PATH).replaceAll('~', '~0').replaceAll('/', '~1');
  return { path: `${path}/${member}`, message: 'is not known here' };
}

/** What a path may hold that no parameter's schema sees: text that is no percent-encoding, and U+0000. */
function checkPath(path: string, validate: () => ProblemPlace[]): ProblemPlace[] {
  if (path.includes('%00')) return [{ path: 'path', message: 'holds U+0000' }];
  try {
    return validate();
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return [{ path: 'path', message: 'is not percent-encoded UTF-8' }];
  }
}

/** The headers that must be there, in lower case, by documented status. openapi-backend would ask for the optional ones too. */
function headersByStatus(operation: Operation): ReadonlyMap<string, readonly string[]> {
  const byStatus = Object.entries(operation.responses ?? {}).map(([status, response]) => {
    const headers = Object.entries('headers' in response ? (response.headers ?? {}) : {});
    const required = headers.filter(([, header]) => (header as Fields).required === true);
    return [status, required.map(([name]) => name.toLowerCase())] as const;
  });
  return new Map(byStatus);
}

/** @throws when the bundle is missing or cannot be used. */
export async function loadContract(name: ContractName): Promise<Contract> {
  const url = new URL(import.meta.resolve(`@commerce/generated/${name}/openapi.json`));
  const definition = JSON.parse(await readFile(url, 'utf8')) as ContractDocument;
  const basePath = definition.servers[0]?.url.replace(/\/$/, '') ?? '';
  mirrorProblems(definition);
  const compiler = compilers();
  const backend = new LintedBackend({
    definition,
    apiRoot: basePath,
    validate: false,
  });
  await backend.init();
  const { router } = backend;
  const validator = new OpenAPIValidator({
    definition: backend.definition,
    router,
    // Typed for the draft-07 class; the 2020-12 one has the same interface.
    customizeAjv: (_ajv, _options, context) => compiler(context) as never,
    // Those of answers take most of the start, and where answers are not validated nobody uses them.
    lazyCompileValidators: true,
  });
  validator.preCompileRequestValidators();
  const operations = router
    .getOperations()
    .map((operation) =>
      describe(name, { basePath, defaultSecurity: definition.security ?? [] }, operation),
    );
  const requiredHeaders = new Map(
    router.getOperations().map((operation) => [operation.operationId, headersByStatus(operation)]),
  );
  return {
    operations,
    requestErrors: (operationId, request) =>
      checkPath(request.path, () => {
        const { errors } = validator.validateRequest({ ...request }, operationId);
        return (errors ?? []).slice(0, MAX_ERRORS).map(placeOf);
      }),
    answerErrors: (operationId, { status, headers, body }) => {
      const promised = requiredHeaders.get(operationId)?.get(String(status));
      if (promised === undefined) return [`status ${status} is not documented`];
      const inBody = validator.validateResponse(body, operationId, status).errors ?? [];
      const missing = promised.filter((name) => headers[name] === undefined);
      return [
        ...inBody.map((error) => `${error.instancePath} ${error.message}`),
        ...missing.map((name) => `no header ${name}`),
      ];
    },
  };
}
