import { problem, problemResponse } from '@commerce/contracts/vocabulary/problem.ts';
import { REQUEST_ID_HEADER } from '@commerce/contracts/vocabulary/request-id.ts';

/** What is known of a request while it is served. The handler fills in what it learns; the log line says it. */
export interface RequestTrace {
  readonly worker: 'front-door' | 'gateway' | 'storefront';
  readonly requestId: string;
  shopId: string | null;
  /** An operationId, or a short word for what is none: `page`, `redirect`, `unknown`. */
  endpoint: string;
  /** Of the front door: where the mapping of the host came from. Logged as `mapping_source`. */
  mappingSource?: string;
  /** Of the front door: how often D1 was read for this request before it was answered. */
  d1Reads?: number;
  /** Of the gateway: where a preview of stock came from. Logged as `preview_source`. */
  previewSource?: 'fresh' | 'stale' | 'stale_if_error' | 'node';
}

/**
 * Serves one request and logs it as one line. Whatever the handler throws becomes a 500 problem: its cause goes to
 * the log, never to the client. The response carries the request's id, whoever made it.
 */
export async function traced(
  trace: RequestTrace,
  handle: () => Promise<Response>,
): Promise<Response> {
  const startedAtMs = Date.now();
  let response: Response;
  try {
    response = await handle();
  } catch (error) {
    logFault(trace, error);
    response = internalError(trace);
  }
  console.log(
    JSON.stringify({
      event: 'request',
      worker: trace.worker,
      shopId: trace.shopId,
      requestId: trace.requestId,
      endpoint: trace.endpoint,
      status: response.status,
      outcome: outcomeOf(response.status),
      latencyMs: Date.now() - startedAtMs,
      // JSON leaves out what is undefined.
      mapping_source: trace.mappingSource,
      d1Reads: trace.d1Reads,
      preview_source: trace.previewSource,
    }),
  );
  return withRequestId(response, trace.requestId);
}

function internalError({ requestId, shopId }: RequestTrace): Response {
  return problemResponse(
    problem('internal_error', {
      detail: 'The request could not be served. Nothing is known to be wrong with it.',
      requestId,
      ...(shopId === null ? {} : { shopId }),
    }),
  );
}

/** A fault's own line: what failed, with the stack, and nothing of the request but its id. */
export function logFault(trace: RequestTrace, error: unknown): void {
  console.error(
    JSON.stringify({
      event: 'fault',
      worker: trace.worker,
      shopId: trace.shopId,
      requestId: trace.requestId,
      endpoint: trace.endpoint,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }),
  );
}

function outcomeOf(status: number): 'ok' | 'refused' | 'failed' {
  if (status < 400) return 'ok';
  return status < 500 ? 'refused' : 'failed';
}

/** A response that came through a binding has immutable headers, so it is wrapped before one is set. */
function withRequestId(response: Response, requestId: string): Response {
  if (response.headers.get(REQUEST_ID_HEADER) === requestId) return response;
  const copy = new Response(response.body, response);
  copy.headers.set(REQUEST_ID_HEADER, requestId);
  return copy;
}
