import { ApiError } from '../api/api-error.ts';
import type { Api } from '../api/handle.ts';
import { newShortId } from '../ids.ts';
import type { Dispatcher } from '../webhooks/dispatcher.ts';
import type { JsonObject } from './json-input.ts';

export interface Control {
  readonly api: Api;
  readonly dispatcher: Dispatcher;
}

/** What a control call answers: JSON, with 200 unless it says otherwise. */
export interface ControlAnswer {
  readonly status: number;
  readonly body: object;
}

export interface ControlCall {
  readonly id: string;
  readonly query: URLSearchParams;
  readonly input: JsonObject;
}

export interface ControlRoute {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly pattern: RegExp;
  answer(control: Control, call: ControlCall): ControlAnswer;
}

/** An object's id in a path. */
export const ID = '([A-Za-z0-9_]+)';

/** The buyer's browser talks to Stripe with the publishable key: a request of its own, without a key. */
export function buyerCause(): { requestId: string; idempotencyKey: null } {
  return { requestId: newShortId('req_'), idempotencyKey: null };
}

export function route(
  method: ControlRoute['method'],
  path: string,
  answer: ControlRoute['answer'],
): ControlRoute {
  return { method, pattern: new RegExp(`^/_stand-in/${path}$`), answer };
}

export function ok(body: object): ControlAnswer {
  return { status: 200, body };
}

export function notFound(message: string): ApiError {
  return new ApiError(404, 'invalid_request_error', message);
}
