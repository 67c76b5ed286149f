import {
  CONTRACT_VERSION,
  CONTRACT_VERSION_HEADER,
} from '@commerce/contracts/vocabulary/contract-version.ts';
import { REQUEST_ID_HEADER } from '@commerce/contracts/vocabulary/request-id.ts';
import { type Client, createClient } from '@commerce/generated/ops-v1/client/client/index.ts';
import * as ops from '@commerce/generated/ops-v1/client/sdk.gen.ts';
import {
  BASE_PATH,
  type Operation,
  type OperationId,
  operations,
} from '@commerce/generated/ops-v1/operations.ts';
import { requestBodies } from '@commerce/generated/ops-v1/request-bodies.js';
import { type JsonBody, parseJsonBody } from '../http/json-body.ts';
import { rawTarget } from '../http/raw-target.ts';
import { readBody } from '../http/read-body.ts';
import { refuse } from '../http/refuse.ts';
import type { RequestTrace } from '../http/request-trace.ts';
import { routerFor } from '../http/routes.ts';
import type { GatewayConfig } from './config.ts';
import { isTooLong, traceHeaders } from './header.rules.ts';
import { callNode } from './node-client.ts';
import { passOn } from './pass-on.ts';
import { DATABASE_TIMEOUT_MS } from './timeouts.ts';

interface OperatorCall {
  readonly headers: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Parsed JSON, held against the contract; undefined for none. */
  readonly body: unknown;
}

/** The operators' operations that the node service answers; the front door answers the others. */
type NodeAnswered = Exclude<
  OperationId,
  'listHosts' | 'getHost' | 'putHost' | 'deleteHost' | 'getHostHistory'
>;

/** Path and query are the node service's to check. */
function read<Options>(operation: (options: Options) => Promise<unknown>) {
  return (client: Client, { headers, params, query }: OperatorCall) =>
    operation({ client, headers, path: params, query } as Options);
}

function write<Options>(operation: (options: Options) => Promise<unknown>) {
  return (client: Client, { headers, params, body }: OperatorCall) =>
    operation({ client, headers, path: params, body } as Options);
}

const OPERATIONS: Readonly<
  Record<NodeAnswered, (client: Client, call: OperatorCall) => Promise<unknown>>
> = {
  getOperator: read(ops.getOperator),
  listShops: read(ops.listShops),
  getShop: read(ops.getShop),
  getStock: read(ops.getStock),
  getInventoryAudit: read(ops.getInventoryAudit),
  listStockChanges: read(ops.listStockChanges),
  adjustStock: write(ops.adjustStock),
  importStock: write(ops.importStock),
  listDeadLetters: read(ops.listDeadLetters),
  getDeadLetter: read(ops.getDeadLetter),
  replayDeadLetter: write(ops.replayDeadLetter),
  replayDeadLetters: write(ops.replayDeadLetters),
  discardDeadLetter: write(ops.discardDeadLetter),
  getStripeObject: read(ops.getStripeObject),
  associateStripeObject: write(ops.associateStripeObject),
  approveStripeObject: write(ops.approveStripeObject),
  backfillStripeObjects: write(ops.backfillStripeObjects),
  listWebhookEvents: read(ops.listWebhookEvents),
  listOperatorActs: read(ops.listOperatorActs),
};

const route = routerFor(operations, BASE_PATH);

/** An operator's call, forwarded by the front door: passed to the node service, signed, with the operator's own token. */
export async function serveOperations(
  request: Request,
  config: GatewayConfig,
  trace: RequestTrace,
): Promise<Response> {
  const url = new URL(request.url);
  const match = route(request.method, rawTarget(request.url).pathname);
  if (match.kind !== 'found' || !isNodeAnswered(match.operationId)) {
    return refuse(trace, 'not_found', 'There is no such operation here.');
  }
  const operation = OPERATIONS[match.operationId];
  trace.endpoint = `ops.${match.operationId}`;
  const authorization = request.headers.get('authorization');
  if (isTooLong(authorization)) {
    return refuse(trace, 'unauthenticated', 'The bearer token is none of ours: it is too long.', {
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
  const reading = await readBody(request);
  if (!reading.ok) return refuse(trace, 'payload_too_large', 'The body is larger than 1 MiB.');
  const parsed = bodyOf(match.operationId, request.headers, reading.bytes);
  if (!parsed.ok) {
    const extras =
      'errors' in parsed && parsed.errors !== undefined ? { errors: parsed.errors } : {};
    return refuse(trace, parsed.code, parsed.detail, extras);
  }
  const key = request.headers.get('idempotency-key');
  const call: OperatorCall = {
    headers: {
      [REQUEST_ID_HEADER]: trace.requestId,
      [CONTRACT_VERSION_HEADER]: CONTRACT_VERSION,
      ...(authorization === null ? {} : { authorization }),
      // Whether one is needed, and of which form, the node service says.
      ...(key === null || isTooLong(key) ? {} : { 'idempotency-key': key }),
      ...traceHeaders(request.headers),
    },
    params: match.params,
    query: Object.fromEntries(url.searchParams),
    body: parsed.value,
  };
  const answering = callNode(config, BASE_PATH, DATABASE_TIMEOUT_MS, (settings) =>
    operation(createClient(settings), call),
  );
  return passOn(answering, trace);
}

function isNodeAnswered(operationId: OperationId): operationId is NodeAnswered {
  return Object.hasOwn(OPERATIONS, operationId);
}

function bodyOf(operationId: NodeAnswered, headers: Headers, bytes: Uint8Array): JsonBody {
  const operation: Operation = operations[operationId];
  if (operation.body === null || !hasBody(operationId)) return { ok: true, value: undefined };
  return parseJsonBody(bytes, headers.get('content-type'), requestBodies[operationId], {
    optional: !operation.body.required,
  });
}

function hasBody(
  operationId: NodeAnswered,
): operationId is NodeAnswered & keyof typeof requestBodies {
  return Object.hasOwn(requestBodies, operationId);
}
