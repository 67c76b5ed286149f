/** What every operation goes through, in this order, before and after its handler. */
import {
  CONTRACT_VERSION,
  CONTRACT_VERSION_HEADER,
} from '@commerce/contracts/vocabulary/contract-version.ts';
import { isIdempotencyKey } from '@commerce/contracts/vocabulary/ids.ts';
import { ATTEMPT_HEADER, readAttempt } from '@commerce/contracts/vocabulary/retry.ts';
import type { Context } from 'koa';
import type { Deps } from '../deps.ts';
import { Problem } from '../platform/problem.ts';
import { checkBearer, checkMayDo, findNamedShop, findShop } from './authorize.ts';
import type { Contract, ContractOperation, RequestParts } from './contract.ts';
import { checkGateway, type GatewayKeys, headersOf } from './gateway-signature.ts';
import type { Answer, Call, Handler } from './operation.ts';
import { parseJson, readBody } from './read-body.ts';
import { answerProblem, type Trace } from './trace.ts';

const BODY_LIMIT_BYTES = 1_048_576;
const WEBHOOK_LIMIT_BYTES = 524_288;

export type Serving = {
  readonly deps: Deps;
  readonly contract: Contract;
  readonly operation: ContractOperation;
  readonly handler: Handler | undefined;
  readonly gatewayKeys: GatewayKeys;
};

function queryOf(query: URLSearchParams): Record<string, string | string[]> {
  const names = [...new Set(query.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const values = query.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? '') : values];
    }),
  );
}

function checkContract({ contract, operation }: Serving, parts: RequestParts): void {
  const errors = contract.requestErrors(operation.operationId, parts);
  if (errors.length > 0)
    throw new Problem('malformed_request', {
      detail: 'The request does not keep the contract.',
      errors,
    });
}

/** @throws Problem idempotency_key_required where the operation needs one and it is missing or too short. */
function idempotencyKey({ operation }: Serving, headers: Headers): string | undefined {
  const key = headers.get('idempotency-key') ?? undefined;
  if (!operation.requiresIdempotencyKey) return undefined;
  if (key === undefined)
    throw new Problem('idempotency_key_required', { detail: 'Idempotency-Key is required.' });
  if (isIdempotencyKey(key)) return key;
  throw new Problem('malformed_request', {
    detail: 'Idempotency-Key must be 22 to 255 letters, digits, "-" and "_".',
    errors: [{ path: 'idempotency-key', message: 'does not match the pattern' }],
  });
}

/** @throws Problem malformed_request: the contract's schema alone would take `1e1` for a number */
function attemptOf({ takesAttempt }: ContractOperation, headers: Headers): number {
  const attempt = takesAttempt ? readAttempt(headers.get(ATTEMPT_HEADER)) : 1;
  if (attempt !== null) return attempt;
  throw new Problem('malformed_request', {
    detail: 'X-Attempt must be a whole number from 1 to 100.',
    errors: [{ path: ATTEMPT_HEADER, message: 'must be a whole number from 1 to 100' }],
  });
}

async function answer(serving: Serving, ctx: Context, trace: Trace): Promise<Answer> {
  const { deps, operation, handler, gatewayKeys } = serving;
  const isWebhook = operation.family === 'webhooks';
  const rawBody = await readBody(ctx.req, isWebhook ? WEBHOOK_LIMIT_BYTES : BODY_LIMIT_BYTES);
  const headers = headersOf(ctx.req);
  await checkGateway(ctx.req, headers, rawBody, gatewayKeys, deps.clock);
  // An operation that is not built is said so before anything is asked of its caller.
  if (handler === undefined)
    throw new Problem('not_implemented', { detail: `${operation.operationId} is not built yet.` });
  const scoped = handler.scope === 'shop' ? await findShop(deps, headers) : undefined;
  trace.shopId = scoped?.shop.shopId;
  trace.attempt = attemptOf(operation, headers);
  if (scoped !== undefined) checkMayDo(operation, scoped.shop);
  const bearer = await checkBearer(
    deps,
    operation,
    headers.get('authorization') ?? undefined,
    scoped?.shop.shopId,
  );
  const key = idempotencyKey(serving, headers);
  const expectsBody =
    operation.body === 'required' || (operation.body === 'optional' && rawBody.length > 0);
  const body =
    isWebhook || !expectsBody
      ? undefined
      : parseJson(rawBody, headers.get('content-type') ?? undefined);
  const query = new URLSearchParams(ctx.querystring);
  if (!isWebhook) {
    checkContract(serving, {
      method: operation.method,
      path: ctx.path,
      query: queryOf(query),
      headers: Object.fromEntries(headers),
      body,
    });
  }
  const call: Call = {
    requestId: trace.requestId,
    params: ctx.params as Record<string, string>,
    query,
    body,
    rawBody,
    header: (name) => headers.get(name) ?? undefined,
    idempotencyKey: key,
    bearer,
  };
  if (handler.scope === 'platform') return handler.handle(call);
  if (handler.scope === 'named_shop') {
    if (bearer === undefined) throw new Error('an operation on a named shop asks for no token');
    const shop = await findNamedShop(deps, call.params.shopId ?? '');
    trace.shopId = shop.shopId;
    return handler.handle({ ...call, shop, bearer });
  }
  if (scoped === undefined) throw new Error('a shop operation without a shop');
  return handler.handle({ ...call, ...scoped });
}

function send(ctx: Context, result: Answer): void {
  ctx.status = result.status;
  // What an answer says is its caller's alone, unless the operation says otherwise.
  ctx.set('cache-control', 'no-store');
  for (const [name, value] of Object.entries(result.headers ?? {})) ctx.set(name, value);
  ctx.set(CONTRACT_VERSION_HEADER, CONTRACT_VERSION);
  if (result.body === undefined) return;
  ctx.type = result.headers?.['content-type'] ?? 'application/json';
  ctx.body = JSON.stringify(result.body);
}

/** An answer that breaks the contract is our fault, and does not leave as it is. */
function holdToContract(
  { contract, operation, deps }: Serving,
  ctx: Context,
  result: Answer,
): string[] {
  if (!deps.config.validateResponses) return [];
  const headers = Object.fromEntries(
    Object.entries(ctx.response.headers).map(([name, value]) => [name, String(value)]),
  );
  // Through JSON, as the client gets it.
  const body: unknown =
    result.body === undefined ? undefined : JSON.parse(JSON.stringify(result.body));
  return contract.answerErrors(operation.operationId, { status: result.status, headers, body });
}

/** Serves one call of an operation, whatever happens. */
export async function serveOperation(serving: Serving, ctx: Context, trace: Trace): Promise<void> {
  const { operation, deps } = serving;
  trace.operation = operation.operationId;
  trace.family = operation.family;
  const result = await answer(serving, ctx, trace).catch((error: unknown) =>
    answerProblem(error, trace),
  );
  send(ctx, result);
  const broken = holdToContract(serving, ctx, result);
  if (broken.length === 0) return;
  deps.log.error('answer breaks the contract', {
    requestId: trace.requestId,
    operation: operation.operationId,
    status: result.status,
    broken,
  });
  const detail = `The answer (${result.status}) breaks the contract: ${broken.join('; ')}.`;
  send(ctx, answerProblem(new Problem('internal_error', { detail }), trace));
}
