import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { readBody } from '../http-body.ts';
import { newShortId } from '../ids.ts';
import type { Scheduler } from '../store/scheduler.ts';
import { type Core, perform, type Work } from '../work.ts';
import { ApiError, internalError, invalidRequest } from './api-error.ts';
import { authenticate, checkAccount, checkApiVersion } from './authentication.ts';
import { expand } from './expand.ts';
import type { FaultKind, Faults } from './faults.ts';
import { canonicalForm, type FormTree, parseForm, plainForm } from './form.ts';
import { type InFlightKeys, judgeKey } from './idempotency.ts';
import type { LoggedRequest, RequestLog } from './request-log.ts';
import { type Answer, jsonBody, sendAnswer } from './respond.ts';
import type { Route, Router } from './router.ts';

export interface Api {
  readonly core: Core;
  readonly router: Router;
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly inFlight: InFlightKeys;
  readonly requests: RequestLog;
  readonly apiKey: string | undefined;
  /** Aborted when the stand-in stops: what waits then gives up. */
  readonly stopping: AbortSignal;
  readonly log: (line: Record<string, unknown>) => void;
}

/** A request that got as far as an operation. */
interface Call extends Route {
  readonly form: FormTree;
  readonly path: string;
  readonly parameters: string;
  readonly idempotencyKey: string | undefined;
  readonly requestId: string;
  readonly fault: FaultKind | undefined;
  readonly delayMs: number;
}

const MAX_BODY_BYTES = 1_048_576;

/** Answers one request under `/v1`, as far as faults let it. Never rejects. */
export async function handleApiRequest(
  api: Api,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = newShortId('req_');
  const startedMs = performance.now();
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const logged: LoggedRequest = {
    requestId,
    receivedAtMs: api.core.clock(),
    method: request.method ?? '',
    path,
    operation: null,
    idempotencyKey: null,
    parameters: null,
    fault: null,
    outcome: 'pending',
    status: null,
    latencyMs: null,
  };
  api.requests.begin(logged);
  try {
    const call = await readCall(api, request, { requestId, path, query }, logged);
    await answerCall(api, call, response, logged);
  } catch (error) {
    if (response.destroyed) {
      logged.outcome = 'closed';
    } else {
      const answer = errorAnswer(api, error, requestId);
      logged.outcome = 'answered';
      logged.status = answer.status;
      sendAnswer(response, requestId, answer);
    }
  }
  logged.latencyMs = Math.round(performance.now() - startedMs);
  const { parameters: _private, receivedAtMs: _when, ...line } = logged;
  api.log({ event: 'request', ...line });
}

async function readCall(
  api: Api,
  request: IncomingMessage,
  { requestId, path, query }: { requestId: string; path: string; query: string },
  logged: LoggedRequest,
): Promise<Call> {
  const body = await readBody(request, MAX_BODY_BYTES);
  authenticate(request.headers, api.apiKey);
  checkApiVersion(request.headers);
  checkAccount(request.headers);
  const method = request.method ?? '';
  const route = api.router(method, path);
  const fault = api.faults.take(route.operation.id);
  logged.operation = route.operation.id;
  logged.fault = fault?.fault ?? null;
  if (fault?.fault === 'rate_limit') throw rateLimited();
  if (body === undefined) throw invalidRequest(`The request body is over ${MAX_BODY_BYTES} bytes.`);
  const form = parseForm(query, method === 'POST' ? formBody(request, body) : '');
  const header = request.headers['idempotency-key'];
  const idempotencyKey = method === 'POST' && typeof header === 'string' ? header : undefined;
  logged.idempotencyKey = idempotencyKey ?? null;
  logged.parameters = plainForm(form);
  return {
    ...route,
    form,
    path,
    parameters: canonicalForm(form),
    idempotencyKey,
    requestId,
    fault: fault?.fault,
    delayMs: fault?.delayMs ?? 0,
  };
}

/** POST parameters are form-encoded; JSON, which some clients send, is not understood by v1. */
function formBody(request: IncomingMessage, body: string): string {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (body === '' || type === 'application/x-www-form-urlencoded') return body;
  throw invalidRequest(
    `Invalid content type ${type || '(none)'}: send application/x-www-form-urlencoded.`,
  );
}

async function answerCall(
  api: Api,
  call: Call,
  response: ServerResponse,
  logged: LoggedRequest,
): Promise<void> {
  const { idempotencyKey: key, path, parameters, requestId } = call;
  if (key === undefined) return deliver(await execute(api, call, response), call, response, logged);
  const nowMs = api.core.clock();
  const request = { path, parameters, nowMs };
  const state = judgeKey(api.core.store, api.inFlight, key, request);
  if (state.kind === 'replay') {
    const { status, body, requestId: originalRequestId } = state.record;
    const headers = {
      'Idempotency-Key': key,
      'Idempotent-Replayed': 'true',
      'Original-Request': originalRequestId,
      ...(status >= 500 ? { 'Stripe-Should-Retry': 'false' } : {}),
    };
    deliver({ status, body, headers }, call, response, logged);
    if (logged.outcome === 'answered') logged.outcome = 'replayed';
    return;
  }
  api.inFlight.keys.set(key, { path, parameters });
  let answer: Answer | 'hang' | 'close';
  try {
    answer = await execute(api, call, response);
  } finally {
    api.inFlight.keys.delete(key);
  }
  if (typeof answer === 'string') return deliver(answer, call, response, logged);
  const headers = { 'Idempotency-Key': key, 'Original-Request': requestId, ...answer.headers };
  deliver({ ...answer, headers }, call, response, logged);
}

/** Runs the call unless a fault comes first, and remembers its answer with what it wrote. */
async function execute(
  api: Api,
  call: Call,
  response: ServerResponse,
): Promise<Answer | 'hang' | 'close'> {
  const { fault, requestId } = call;
  if (fault === 'slow') {
    await wait(call.delayMs, undefined, { signal: api.stopping }).catch(() => undefined);
    if (api.stopping.aborted) return 'close';
  }
  if (fault === 'close') return 'close';
  if (fault === 'hang') {
    // The key stays in use for as long as the caller waits.
    if (!response.destroyed) await new Promise((resolve) => response.once('close', resolve));
    return 'hang';
  }
  if (fault === 'refuse') throw invalidRequest('The Stripe stand-in was told to refuse this call.');
  api.scheduler.runDue();
  const prepared = call.operation.prepare(call.form, api.core.clock());
  const cause = { requestId, idempotencyKey: call.idempotencyKey ?? null };
  try {
    if (fault === 'error_500') throw internalError();
    return perform(api.core, cause, (work) => {
      const result = prepared.execute(work, call.objectId);
      const body = jsonBody(expand(work.tx, result, prepared.expand));
      const answer =
        fault === 'error_500_after_commit'
          ? errorAnswer(api, internalError(), requestId)
          : { status: 200, body, headers: {} };
      remember(work, call, answer);
      return answer;
    });
  } catch (error) {
    const answer = errorAnswer(api, error, requestId);
    const executed = !(error instanceof ApiError) || error.executed;
    if (executed) perform(api.core, cause, (work) => remember(work, call, answer));
    return answer;
  }
}

function remember(work: Work, call: Call, { status, body }: Answer): void {
  const { idempotencyKey: key, path, parameters, requestId } = call;
  if (key === undefined) return;
  const createdAtMs = work.nowMs;
  work.tx.put('idempotency', key, { path, parameters, status, body, requestId, createdAtMs });
}

/** Puts the answer on the wire, as far as the call's fault lets it. */
function deliver(
  answer: Answer | 'hang' | 'close',
  call: Call,
  response: ServerResponse,
  logged: LoggedRequest,
): void {
  if (answer === 'hang' || call.fault === 'hang_after_commit') {
    logged.outcome = 'hung';
    return;
  }
  if (answer === 'close' || call.fault === 'close_after_commit') {
    logged.outcome = 'closed';
    response.destroy();
    return;
  }
  logged.outcome = 'answered';
  logged.status = answer.status;
  sendAnswer(response, call.requestId, answer, call.fault === 'cut_body_after_commit');
}

function rateLimited(): ApiError {
  const message =
    'Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.';
  return new ApiError(429, 'invalid_request_error', message, { code: 'rate_limit' });
}

/** What went wrong, as an answer. Anything but an ApiError is a bug of the stand-in's, and is logged. */
function errorAnswer(api: Api, error: unknown, requestId: string): Answer {
  const known = error instanceof ApiError ? error : internalError();
  if (known !== error) {
    api.log({ event: 'bug', requestId, error: error instanceof Error ? error.stack : error });
  }
  // A replay of a 500 is the same 500, so that a retry under the same key would be wasted.
  const headers: Record<string, string> =
    known.status >= 500 ? { 'Stripe-Should-Retry': 'false' } : {};
  return { status: known.status, body: jsonBody(known.toBody(requestId)), headers };
}
