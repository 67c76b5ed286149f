import Stripe from 'stripe';
import { Problem } from '../platform/problem.ts';

const TOLERANCE_SECONDS = 300;
/** The year 9999. */
const LATEST_UNIX_SECONDS = 253_402_300_799;

function invalid(detail: string, cause?: unknown): Problem {
  return new Problem('webhook_signature_invalid', { detail }, { cause });
}

/** The SDK lets a timestamp from the future pass, which a replayer could keep. */
function checkTimestamp(header: string, now: Date): void {
  const timestamp = Number(/(?:^|,)\s*t=(\d{1,12})(?:,|$)/.exec(header)?.[1]);
  const skewSeconds = Math.abs(timestamp - now.getTime() / 1_000);
  if (!(skewSeconds <= TOLERANCE_SECONDS))
    throw invalid('The timestamp of the signature is too far from now.');
}

/**
 * The event as it can be stored: Postgres holds no U+0000 and no half of a surrogate pair, and an event that could
 * not be stored would come back for days. Without what lets its holder pay: nobody needs it from here.
 */
function storable(event: Stripe.Event): Stripe.Event {
  const json = JSON.stringify(event, (name, value) => (name === 'client_secret' ? null : value));
  return JSON.parse(json.replace(UNSTORABLE, '$1\\ufffd')) as Stripe.Event;
}

/** In well-formed JSON these are escaped, and a backslash before them is one of a pair. */
const UNSTORABLE = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;

function isEvent(value: unknown): value is Stripe.Event {
  if (typeof value !== 'object' || value === null) return false;
  const { id, type, created, livemode, data } = value as Record<string, unknown>;
  return (
    typeof id === 'string' &&
    typeof type === 'string' &&
    Number.isSafeInteger(created) &&
    Math.abs(created as number) <= LATEST_UNIX_SECONDS &&
    typeof livemode === 'boolean' &&
    typeof data === 'object' &&
    data !== null
  );
}

function notAnEvent(cause?: unknown): Problem {
  const detail = 'The body is signed, and is not an event.';
  return new Problem('malformed_request', { detail }, { cause });
}

/**
 * Verifies Stripe's signature over the raw bytes, with each live secret in turn, so that one can be rotated.
 * @throws Problem webhook_signature_invalid, malformed_request
 */
export function verifyEvent(
  rawBody: Uint8Array,
  header: string | undefined,
  secrets: readonly string[],
  now: Date,
): Stripe.Event {
  if (header === undefined) throw invalid('Stripe-Signature is missing.');
  checkTimestamp(header, now);
  const body = Buffer.from(rawBody);
  let refusal: unknown;
  for (const secret of secrets) {
    try {
      const event: unknown = Stripe.webhooks.constructEvent(
        body,
        header,
        secret,
        TOLERANCE_SECONDS,
        undefined,
        now.getTime(),
      );
      if (!isEvent(event)) throw notAnEvent();
      return storable(event);
    } catch (error) {
      if (error instanceof Problem) throw error;
      if (!(error instanceof Stripe.errors.StripeSignatureVerificationError))
        throw notAnEvent(error);
      refusal = error;
    }
  }
  throw invalid('No live secret verifies the signature.', refusal);
}
