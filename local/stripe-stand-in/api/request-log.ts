/** One API request, as tests and the log see it. */
export interface LoggedRequest {
  readonly requestId: string;
  readonly receivedAtMs: number;
  readonly method: string;
  readonly path: string;
  operation: string | null;
  idempotencyKey: string | null;
  /** The parameters as they were sent, nested; for tests, never for the log. */
  parameters: unknown;
  fault: string | null;
  /** `pending` until it is answered, or given up on purpose by a fault. */
  outcome: 'pending' | 'answered' | 'replayed' | 'hung' | 'closed';
  status: number | null;
  latencyMs: number | null;
}

export interface RequestLog {
  begin(request: LoggedRequest): void;
  /** Oldest first. */
  list(): readonly LoggedRequest[];
}

const KEPT = 2_000;

/** The last 2,000 requests, in memory. */
export function createRequestLog(): RequestLog {
  const requests: LoggedRequest[] = [];
  return {
    begin(request) {
      requests.push(request);
      if (requests.length > KEPT) requests.shift();
    },
    list: () => requests,
  };
}
