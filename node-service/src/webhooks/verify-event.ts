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

/** An event, and the JSON of it to keep: that has no client secret, and nothing that cannot be stored. */
export type VerifiedEvent = { readonly event: Stripe.Event; readonly json: string };

/**
 * The event as it can be stored, whatever is in it: Postgres holds no U+0000 and no half of a surrogate pair, and an
 * event that could not be stored would come back for days. Without what lets its holder pay: nobody needs it from here.
 */
export function rewritten(event: Stripe.Event): VerifiedEvent {
  const text = JSON.stringify(event, (name, value) => (name === 'client_secret' ? null : value));
  const json = text.replace(UNSTORABLE, '$1\\ufffd');
  return { event: JSON.parse(json) as Stripe.Event, json };
}

/** In well-formed JSON these are escaped, and a backslash before them is one of a pair. */
const UNSTORABLE = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;

/** A member of an object: in a string its quotes would be escaped. */
const CLIENT_SECRET = /("client_secret"\s*:\s*)"(?:[^"\\]|\\.)*"/g;

/** A secret that is no string, a name that may be written in escapes, or what may not be storable. */
const NEEDS_REWRITING = /"client_secret"\s*:\s*(?!null\b|\s)|\\u(?:00[0-7]|[dD][89a-fA-F])/;

const utf8 = new TextDecoder();

/** Stripe's own text where it will do: writing the event anew costs twice what all the rest of the verification does. */
function asStored(event: Stripe.Event, body: Uint8Array): VerifiedEvent {
  const json = utf8.decode(body);
  if (!json.includes('client_secret') && !json.includes('\\u')) return { event, json };
  const redacted = json.replace(CLIENT_SECRET, '$1null');
  return NEEDS_REWRITING.test(redacted) ? rewritten(event) : { event, json: redacted };
}

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
): VerifiedEvent {
  if (header === undefined) throw invalid('Stripe-Signature is missing.');
  checkTimestamp(header, now);
  const body = Buffer.from(rawBody.buffer, rawBody.byteOffset, rawBody.byteLength);
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
      return asStored(event, rawBody);
    } catch (error) {
      if (error instanceof Problem) throw error;
      if (!(error instanceof Stripe.errors.StripeSignatureVerificationError))
        throw notAnEvent(error);
      refusal = error;
    }
  }
  throw invalid('No live secret verifies the signature.', refusal);
}
