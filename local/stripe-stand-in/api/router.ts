import { ApiError } from './api-error.ts';
import type { Operation } from './operation.ts';

export interface Route {
  readonly operation: Operation;
  /** The id in the path, or '' where it has none. */
  readonly objectId: string;
}

export type Router = (method: string, path: string) => Route;

/** Finds an operation by method and path; throws Stripe's 404 for any other. */
export function createRouter(operations: readonly Operation[]): Router {
  const routes = operations.map((operation) => ({
    operation,
    pattern: new RegExp(`^${operation.path.replace(':id', '([^/]+)')}$`),
  }));
  return (method, path) => {
    for (const { operation, pattern } of routes) {
      const match = operation.method === method ? pattern.exec(path) : null;
      if (match !== null) return { operation, objectId: decodeSegment(match[1] ?? '') };
    }
    throw new ApiError(
      404,
      'invalid_request_error',
      `Unrecognized request URL (${method}: ${path}). If you are trying to list objects, remove the trailing slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code. Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`,
    );
  };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
