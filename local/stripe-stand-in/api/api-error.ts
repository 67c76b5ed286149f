import { randomAlphanumeric } from '../ids.ts';

export type ApiErrorType =
  | 'api_error'
  | 'card_error'
  | 'idempotency_error'
  | 'invalid_request_error';

/** What an error says beside its message; each field appears in the answer only where it is given. */
export interface ApiErrorDetails {
  readonly code?: string;
  readonly param?: string;
  readonly decline_code?: string;
  readonly charge?: string;
  /** The PaymentIntent, whole, as card errors carry it. */
  readonly payment_intent?: object;
}

/**
 * An answer in Stripe's error envelope.
 *
 * `executed` says whether the operation had begun: only then is the answer kept under the
 * request's idempotency key.
 */
export class ApiError extends Error {
  readonly status: number;
  readonly type: ApiErrorType;
  readonly details: ApiErrorDetails;
  readonly executed: boolean;

  constructor(
    status: number,
    type: ApiErrorType,
    message: string,
    details: ApiErrorDetails = {},
    executed = false,
  ) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.type = type;
    this.details = details;
    this.executed = executed;
  }

  /** The JSON body: `{ error: { type, message, code, doc_url, param, request_log_url, … } }`. */
  toBody(requestId: string): object {
    const { code } = this.details;
    return {
      error: {
        ...this.details,
        ...(code === undefined
          ? {}
          : { doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}` }),
        message: this.message,
        request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}`,
        type: this.type,
      },
    };
  }
}

/** 400 before anything was executed: a parameter is wrong in itself. */
export function invalidRequest(message: string, details: ApiErrorDetails = {}): ApiError {
  return new ApiError(400, 'invalid_request_error', message, details);
}

export function parameterMissing(param: string): ApiError {
  return invalidRequest(`Missing required param: ${param}.`, { code: 'parameter_missing', param });
}

export function parameterUnknown(param: string): ApiError {
  return invalidRequest(`Received unknown parameter: ${param}`, {
    code: 'parameter_unknown',
    param,
  });
}

/** 400 after execution began: the request is well formed, and the object's state refuses it. */
export function refused(message: string, details: ApiErrorDetails = {}): ApiError {
  return new ApiError(400, 'invalid_request_error', message, details, true);
}

/** 404 for the object a path names, 400 for one that a parameter names. */
export function resourceMissing(
  kind: string,
  id: string,
  param: string,
  named: 'in_path' | 'in_parameter',
): ApiError {
  // Stripe quotes the id for every kind but Checkout Sessions.
  const shown = kind === 'checkout.session' ? id : `'${id}'`;
  return new ApiError(
    named === 'in_path' ? 404 : 400,
    'invalid_request_error',
    `No such ${kind}: ${shown}`,
    { code: 'resource_missing', param },
    true,
  );
}

/** A 500 as Stripe answers it; `reference` tells apart two of them in a log. */
export function internalError(reference = randomAlphanumeric(8)): ApiError {
  return new ApiError(500, 'api_error', `An unknown error occurred (${reference}).`, {}, true);
}
