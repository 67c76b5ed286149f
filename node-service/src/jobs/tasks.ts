import { expireCheckout, recoverCheckout, refundPayment, settleOrder } from '../checkout/index.ts';
import type { Deps } from '../deps.ts';
import type { Job } from '../platform/enqueue.ts';
import { processEvent } from '../webhooks/index.ts';

type Payload = Readonly<Record<string, string>>;
export type Task = (
  deps: Deps,
  payload: Payload & { readonly shopId: string; readonly requestId: string },
) => Promise<void>;

function field(payload: Payload, name: string): string {
  const value = payload[name];
  if (value === undefined || value === '') throw new Error(`the job has no ${name}`);
  return value;
}

/** What each job does. Its payload was checked for its shop and request id. */
export const TASKS: Readonly<Record<Job['task'], Task>> = {
  process_stripe_event: (deps, payload) =>
    processEvent(deps, { ...payload, stripeEventId: field(payload, 'stripeEventId') }),
  recover_checkout: (deps, payload) =>
    recoverCheckout(deps, {
      ...payload,
      orderId: field(payload, 'orderId'),
      principal: field(payload, 'principal'),
      key: field(payload, 'key'),
    }),
  expire_checkout: (deps, payload) =>
    expireCheckout(deps, { ...payload, orderId: field(payload, 'orderId') }),
  refund_payment: (deps, payload) =>
    refundPayment(deps, {
      ...payload,
      orderId: field(payload, 'orderId'),
      paymentReference: field(payload, 'paymentReference'),
      attempt: field(payload, 'attempt'),
    }),
  settle_order: (deps, payload) => settleOrder(deps, payload.shopId, field(payload, 'orderId')),
};
