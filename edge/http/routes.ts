/** What a generated table says of an operation, as far as routing goes. */
export interface RoutedOperation {
  /** Upper or lower case. */
  readonly method: string;
  /** An OpenAPI path template: `/checkout-session/{checkoutSessionId}/finalize`. */
  readonly path: string;
}

export type RouteMatch<Id extends string> =
  | { readonly kind: 'found'; readonly operationId: Id; readonly params: Record<string, string> }
  | { readonly kind: 'wrong_method'; readonly allow: readonly string[] }
  | { readonly kind: 'unknown_path' };

export type Router<Id extends string> = (method: string, pathname: string) => RouteMatch<Id>;

interface CompiledPath<Id extends string> {
  readonly pattern: RegExp;
  readonly paramNames: readonly string[];
  readonly operationByMethod: Map<string, Id>;
}

/**
 * A router over the operations of a contract: nothing outside of the table is ever found. Paths are compared as
 * sent: case counts, a trailing slash is another path, and a parameter is one segment, percent-decoded: `.`, `..` and
 * what holds a slash once decoded are none, since the URL that a parameter is put into would read them as a path.
 *
 * @param basePath what the contract's `servers` put before each path: `/ops/v1`, or '' for none
 */
export function routerFor<Id extends string>(
  operations: Readonly<Record<Id, RoutedOperation>>,
  basePath = '',
): Router<Id> {
  const byTemplate = new Map<string, CompiledPath<Id>>();
  for (const [id, { method, path }] of Object.entries<RoutedOperation>(operations)) {
    const template = `${basePath}${path}`;
    const compiled = byTemplate.get(template) ?? compile<Id>(template);
    byTemplate.set(template, compiled);
    compiled.operationByMethod.set(method.toUpperCase(), id as Id);
  }
  // A literal path wins over a template that would match it too.
  const paths = [...byTemplate.values()].sort((a, b) => a.paramNames.length - b.paramNames.length);
  return (method, pathname) => {
    for (const path of paths) {
      const params = matchParams(path, pathname);
      if (params !== null) return choose(path, method, params);
    }
    return { kind: 'unknown_path' };
  };
}

function compile<Id extends string>(template: string): CompiledPath<Id> {
  const paramNames: string[] = [];
  const source = template.replaceAll(/\{([^}]+)\}|([.*+?^$()|[\]\\])/g, (_, name, special) => {
    if (special !== undefined) return `\\${special}`;
    paramNames.push(name);
    return '([^/]+)';
  });
  return { pattern: new RegExp(`^${source}$`), paramNames, operationByMethod: new Map() };
}

function matchParams<Id extends string>(
  { pattern, paramNames }: CompiledPath<Id>,
  pathname: string,
): Record<string, string> | null {
  const found = pattern.exec(pathname);
  if (found === null) return null;
  const params: Record<string, string> = {};
  for (const [index, name] of paramNames.entries()) {
    const value = decode(found[index + 1] ?? '');
    if (value === null || !isOneSegment(value)) return null;
    params[name] = value;
  }
  return params;
}

/** HEAD is answered wherever GET is, by the same operation. */
function choose<Id extends string>(
  { operationByMethod }: CompiledPath<Id>,
  method: string,
  params: Record<string, string>,
): RouteMatch<Id> {
  const operationId = operationByMethod.get(method === 'HEAD' ? 'GET' : method);
  if (operationId !== undefined) return { kind: 'found', operationId, params };
  const methods = [...operationByMethod.keys()];
  const allow = methods.flatMap((known) => (known === 'GET' ? ['GET', 'HEAD'] : [known]));
  return { kind: 'wrong_method', allow: [...allow, 'OPTIONS'] };
}

function isOneSegment(value: string): boolean {
  return value !== '.' && value !== '..' && !/[/\\]/.test(value);
}

function decode(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
