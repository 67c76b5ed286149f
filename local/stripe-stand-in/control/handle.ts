import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, invalidRequest } from '../api/api-error.ts';
import { jsonBody } from '../api/respond.ts';
import { readBody } from '../http-body.ts';
import { newShortId } from '../ids.ts';
import { corsHeaders, isLocalHost, isLocalOrigin } from './cors.ts';
import { parseJsonObject } from './json-input.ts';
import { type Control, type ControlAnswer, notFound } from './route.ts';
import { controlRoutes } from './routes.ts';

const MAX_BODY_BYTES = 65_536;
const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/** Answers one control request. It is for this machine alone: loopback callers, local names and local pages. */
export async function handleControlRequest(
  control: Control,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { origin } = request.headers;
  let answer: ControlAnswer;
  try {
    checkCaller(request);
    if (request.method === 'OPTIONS') {
      response.writeHead(204, corsHeaders(origin)).end();
      return;
    }
    answer = await answerOf(control, request);
  } catch (error) {
    if (response.destroyed) return;
    answer = errorAnswer(control, error);
  }
  const { method, url } = request;
  control.api.log({ event: 'control', method, path: url?.split('?')[0], status: answer.status });
  const body = jsonBody(answer.body);
  response.writeHead(answer.status, {
    'Cache-Control': 'no-store',
    'Content-Length': Buffer.byteLength(body),
    'Content-Type': 'application/json',
    ...corsHeaders(origin),
  });
  response.end(body);
}

function checkCaller(request: IncomingMessage): void {
  const { host = '', origin } = request.headers;
  const remote = request.socket.remoteAddress ?? '';
  const isLocal = LOOPBACK.has(remote) && isLocalHost(host);
  if (isLocal && (origin === undefined || isLocalOrigin(origin))) return;
  const who = origin ?? (LOOPBACK.has(remote) ? host : remote);
  throw new ApiError(
    403,
    'invalid_request_error',
    `The control API is for this machine alone, not for ${who}.`,
  );
}

async function answerOf(control: Control, request: IncomingMessage): Promise<ControlAnswer> {
  const url = new URL(request.url ?? '', 'http://stand-in');
  const route = controlRoutes.find(
    ({ method, pattern }) => method === request.method && pattern.test(url.pathname),
  );
  if (route === undefined) throw notFound(`There is no ${request.method} ${url.pathname}.`);
  const body = await readBody(request, MAX_BODY_BYTES);
  if (body === undefined) throw invalidRequest(`The body is over ${MAX_BODY_BYTES} bytes.`);
  const type = request.headers['content-type'] ?? '';
  // Only a JSON type makes a foreign page's browser ask first, and be told no.
  if (body !== '' && !/^application\/json\b/i.test(type)) {
    throw new ApiError(415, 'invalid_request_error', 'Send application/json.');
  }
  control.api.scheduler.runDue();
  const id = route.pattern.exec(url.pathname)?.[1] ?? '';
  return route.answer(control, { id, query: url.searchParams, input: parseJsonObject(body) });
}

function errorAnswer(control: Control, error: unknown): ControlAnswer {
  const requestId = newShortId('req_');
  if (error instanceof ApiError) return { status: error.status, body: error.toBody(requestId) };
  const detail = error instanceof Error ? error.stack : error;
  control.api.log({ event: 'bug', requestId, error: detail });
  return { status: 500, body: { error: { type: 'api_error', message: 'A bug in the stand-in.' } } };
}
