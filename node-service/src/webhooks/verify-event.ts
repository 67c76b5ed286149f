import Stripe from 'stripe';
import { Problem } from '../platform/problem.ts';

const TOLERANCE_SECONDS = 300;

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
      return Stripe.webhooks.constructEvent(
        body,
        header,
        secret,
        TOLERANCE_SECONDS,
        undefined,
        now.getTime(),
      );
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) {
        throw new Problem(
          'malformed_request',
          { detail: 'The body is signed, and is not an event.' },
          { cause: error },
        );
      }
      refusal = error;
    }
  }
  throw invalid('No live secret verifies the signature.', refusal);
}
