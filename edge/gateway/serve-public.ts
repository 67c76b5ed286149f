import {
  CONTRACT_VERSION,
  CONTRACT_VERSION_HEADER,
} from '@commerce/contracts/vocabulary/contract-version.ts';
import { REQUEST_ID_HEADER } from '@commerce/contracts/vocabulary/request-id.ts';
import { ATTEMPT_HEADER } from '@commerce/contracts/vocabulary/retry.ts';
import {
  type ShopContext,
  shopContextToHeaders,
} from '@commerce/contracts/vocabulary/shop-context.ts';
import { type Operation, operations } from '@commerce/generated/public-v1/operations.ts';
import type { Cart } from '../cart/cart.ts';
import { cartFromCookies } from '../cart/cart-from-cookies.ts';
import { refuseOverLimit } from '../http/rate-limit.ts';
import { rawTarget } from '../http/raw-target.ts';
import { readBody } from '../http/read-body.ts';
import { receiveContext } from '../http/receive-context.ts';
import { refuse } from '../http/refuse.ts';
import type { RequestTrace } from '../http/request-trace.ts';
import { routerFor } from '../http/routes.ts';
import type { GatewayConfig } from './config.ts';
import { isTooLong, traceHeaders } from './header.rules.ts';
import { limitsOf } from './limits.ts';
import { callNodeOperation, isNodeOperation, type NodeOperationId } from './node-calls.ts';
import { orderReference, orderTokenFromCookies } from './order-token.ts';
import { passOn } from './pass-on.ts';
import { type PreviewCall, servePreview } from './preview/serve-preview.ts';
import type { Afterwards } from './preview/shared-calls.ts';
import { timeoutMsOf } from './timeouts.ts';
import { validatePublicCall } from './validate-public-call.ts';

const route = routerFor(operations);

/** Client headers that the node service reads too. */
const FORWARDED = ['idempotency-key'];
const FORWARDED_WITH_WEBHOOKS = ['content-type', 'stripe-signature'];

/** A public operation, forwarded by the front door: validated, then passed to the node service, signed. */
export async function servePublic(
  request: Request,
  config: GatewayConfig,
  trace: RequestTrace,
  afterwards: Afterwards,
): Promise<Response> {
  const match = route(request.method, rawTarget(request.url).pathname);
  if (match.kind !== 'found' || !isNodeOperation(match.operationId)) {
    return refuse(trace, 'not_found', 'There is no such operation here.');
  }
  const { operationId, params } = match;
  trace.endpoint = operationId;
  const operation: Operation = operations[operationId];
  if (operation.extensions.family === 'webhooks') {
    return passWebhookOn(request, config, trace, operationId);
  }
  const parsed = receiveContext(request);
  if (!parsed.ok) {
    const errors = parsed.errors.map(({ header, message }) => ({
      path: `/headers/${header}`,
      message,
    }));
    return refuse(trace, 'shop_context_required', 'The call names no shop.', { errors });
  }
  trace.shopId = parsed.context.shopId;

  const reading = await readBody(request);
  if (!reading.ok) return refuse(trace, 'payload_too_large', 'The body is larger than 1 MiB.');
  const query = new URL(request.url).searchParams;
  const headers = withoutUnusedCredential(request.headers, operation);
  if (isTooLong(headers.get('authorization'))) {
    return refuse(trace, 'unauthenticated', 'The bearer token is none of ours: it is too long.', {
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
  const valid = validatePublicCall(operationId, { headers, params, query, bytes: reading.bytes });
  if (!valid.ok) {
    const extras = valid.errors === undefined ? {} : { errors: valid.errors };
    return refuse(trace, valid.code, valid.detail, extras);
  }
  const { shopId } = parsed.context;
  const cart = await cartFromCookies(headers.get('cookie'), shopId, config.cartKeys, new Date());
  const body = operationId === 'createCheckoutSession' ? withCart(valid.body, cart) : valid.body;
  const authorization = authorizationOf(operation, headers, { params, query, body });

  // What breaks the contract has been refused by now: it costs the node service nothing, and is not counted.
  const caller = { shopId, cart, authorization, headers };
  const limits = await limitsOf(operation, caller, config.limits, config.environment);
  const refusal = await refuseOverLimit(limits, config.metrics, trace);
  if (refusal !== null) return refusal;

  if (operationId === 'getAvailability') {
    return previewOf(parsed.context, { headers, query }, config, trace, afterwards);
  }
  return passOn(
    callNodeOperation(config, operationId, timeoutMsOf(operationId), {
      headers: {
        ...outgoingHeaders(headers, parsed.context, operation),
        ...(authorization === null ? {} : { authorization }),
      },
      params,
      query,
      body,
    }),
    trace,
  );
}

/** Nothing of what the client says reaches the node service but the keys, since the answer is for others too. */
function previewOf(
  context: ShopContext,
  { headers, query }: { readonly headers: Headers; readonly query: URLSearchParams },
  config: GatewayConfig,
  trace: RequestTrace,
  afterwards: Afterwards,
): Promise<Response> {
  const said = { ...shopContextToHeaders(context), [CONTRACT_VERSION_HEADER]: CONTRACT_VERSION };
  const ask: PreviewCall['ask'] = (keys, timeoutMs) =>
    callNodeOperation(config, 'getAvailability', timeoutMs, {
      headers: { ...said, ...traceHeaders(headers) },
      params: {},
      query: new URLSearchParams(keys.map((key) => ['variantKey', key])),
      body: undefined,
    });
  const call: PreviewCall = {
    context,
    variantKeys: query.getAll('variantKey'),
    ifNoneMatch: headers.get('if-none-match'),
    ask,
    timeoutMs: timeoutMsOf('getAvailability'),
    afterwards,
  };
  return servePreview(call, config, trace);
}

/** The bytes, their type and their signature, exactly as they came; whose they are is for the node service to find. */
async function passWebhookOn(
  request: Request,
  config: GatewayConfig,
  trace: RequestTrace,
  operationId: NodeOperationId,
): Promise<Response> {
  if (isTooLong(request.headers.get('content-type'))) {
    return refuse(trace, 'unsupported_media_type', 'The content type is too long.');
  }
  if (isTooLong(request.headers.get('stripe-signature'))) {
    return refuse(trace, 'webhook_signature_invalid', 'The signature is too long.');
  }
  const reading = await readBody(request);
  if (!reading.ok) return refuse(trace, 'payload_too_large', 'The body is larger than 1 MiB.');
  const headers = {
    [REQUEST_ID_HEADER]: trace.requestId,
    [CONTRACT_VERSION_HEADER]: CONTRACT_VERSION,
    ...traceHeaders(request.headers),
    ...pick(request.headers, FORWARDED_WITH_WEBHOOKS),
  };
  const call = { headers, params: {}, query: new URLSearchParams(), body: reading.bytes };
  return passOn(callNodeOperation(config, operationId, timeoutMsOf(operationId), call), trace);
}

/** A checkout that names no items buys the buyer's cart. */
function withCart(body: unknown, cart: Cart | null): unknown {
  const request = body as { items?: unknown };
  if (request.items !== undefined || cart === null) return request;
  return { ...request, cart: { id: cart.id, lines: cart.lines } };
}

/** Where no token is taken, one that is too long for the node service is nobody's business, and goes no further. */
function withoutUnusedCredential(headers: Headers, operation: Operation): Headers {
  if (!isTooLong(headers.get('authorization')) || operation.statuses.includes('401')) {
    return headers;
  }
  const without = new Headers(headers);
  without.delete('authorization');
  return without;
}

/**
 * The token that is sent, or null. The buyer's order cookie stands in for it, where the contract takes it and no token
 * is sent.
 */
function authorizationOf(
  operation: Operation,
  headers: Headers,
  call: Parameters<typeof orderReference>[0],
): string | null {
  const takesCookie = operation.security.some((schemes) => schemes.includes('orderCookie'));
  if (!takesCookie || headers.has('authorization')) return headers.get('authorization');
  const order = orderReference(call);
  const token = order === null ? null : orderTokenFromCookies(headers.get('cookie'), order);
  return token === null || isTooLong(token) ? null : `Bearer ${token}`;
}

function outgoingHeaders(
  headers: Headers,
  context: ShopContext,
  { optionalHeaders }: Operation,
): Record<string, string> {
  return {
    ...pick(headers, FORWARDED),
    ...(optionalHeaders.includes(ATTEMPT_HEADER) ? pick(headers, [ATTEMPT_HEADER]) : {}),
    ...traceHeaders(headers),
    ...shopContextToHeaders(context),
    [CONTRACT_VERSION_HEADER]: CONTRACT_VERSION,
  };
}

function pick(headers: Headers, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = headers.get(name);
    if (value !== null) picked[name] = value;
  }
  return picked;
}
