import { type Client, createClient } from '@commerce/generated/node-v1/client/client/index.ts';
import * as node from '@commerce/generated/node-v1/client/sdk.gen.ts';
import { BASE_PATH } from '@commerce/generated/node-v1/operations.ts';
import type { OperationId } from '@commerce/generated/public-v1/operations.ts';
import type { GatewayConfig } from './config.ts';
import { callNode, type NodeAnswer } from './node-client.ts';

/** The public operations that the node service answers: all but the cart's. */
export type NodeOperationId = Exclude<
  OperationId,
  'getCart' | 'addCartLine' | 'updateCartLine' | 'replaceCart' | 'clearCart'
>;

/** A public call, validated, with what the node service's counterpart needs of it. */
export interface NodeCall {
  readonly headers: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed JSON; for a webhook the bytes as they came; undefined for none. */
  readonly body: unknown;
}

type NodeOperation = (client: Client, call: NodeCall) => Promise<unknown>;

/**
 * Body and headers have been held against the public contract, whose schemas the node contract shares: from here on
 * they have its types.
 */
function withBody<Options>(operation: (options: Options) => Promise<unknown>): NodeOperation {
  return (client, { headers, body }) => operation({ client, headers, body } as Options);
}

function ofSession<Options>(operation: (options: Options) => Promise<unknown>): NodeOperation {
  return (client, { headers, params, body }) =>
    operation({ client, headers, path: params, body } as Options);
}

/** The bytes are what was signed by the sender, so nothing may serialise them again. */
function withBytes<Options>(operation: (options: Options) => Promise<unknown>): NodeOperation {
  return (client, { headers, body }) =>
    operation({ client, headers, body, bodySerializer: null } as Options);
}

const NODE_OPERATIONS: Readonly<Record<NodeOperationId, NodeOperation>> = {
  createCheckoutSession: withBody(node.createCheckoutSession),
  finalizeCheckoutSession: ofSession(node.finalizeCheckoutSession),
  cancelCheckoutSession: ofSession(node.cancelCheckoutSession),
  getOrderStatus: (client, { headers, query }) => {
    const path = { orderId: query.get('orderId') ?? '' };
    return node.getOrderStatus({ client, headers, path } as Parameters<
      typeof node.getOrderStatus
    >[0]);
  },
  validateInventory: withBody(node.validateInventory),
  getAvailability: (client, { headers, query }) =>
    node.getAvailability({
      client,
      headers,
      query: { variantKey: query.getAll('variantKey') },
    } as Parameters<typeof node.getAvailability>[0]),
  createReturn: withBody(node.createReturn),
  handOverRental: withBody(node.handOverRental),
  settleRental: withBody(node.settleRental),
  createSubscription: withBody(node.createSubscription),
  changeSubscription: withBody(node.changeSubscription),
  cancelSubscription: withBody(node.cancelSubscription),
  receiveStripeWebhook: withBytes(node.receiveStripeWebhook),
  receiveBillingWebhook: withBytes(node.receiveBillingWebhook),
  ingestReconciliation: withBody(node.ingestReconciliation),
};

export function isNodeOperation(operationId: OperationId): operationId is NodeOperationId {
  return Object.hasOwn(NODE_OPERATIONS, operationId);
}

/** Sends a public call to the operation of the same name in node/v1. */
export function callNodeOperation(
  config: GatewayConfig,
  operationId: NodeOperationId,
  timeoutMs: number,
  call: NodeCall,
): Promise<NodeAnswer> {
  return callNode(config, BASE_PATH, timeoutMs, (settings) =>
    NODE_OPERATIONS[operationId](createClient(settings), call),
  );
}
