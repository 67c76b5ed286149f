/** What a Stripe id is the id of, by its prefix. The contract's `StripeObjectId` lists the same prefixes. */
const TYPE_OF_PREFIX: ReadonlyMap<string, string> = new Map(
  Object.entries({
    cus: 'customer',
    sub: 'subscription',
    in: 'invoice',
    inpay: 'invoice_payment',
    cs: 'checkout.session',
    pi: 'payment_intent',
    seti: 'setup_intent',
    ch: 'charge',
    py: 'charge',
    re: 'refund',
    pyr: 'refund',
    dp: 'dispute',
    du: 'dispute',
  }),
);

export const STRIPE_ID_PREFIXES: readonly string[] = [...TYPE_OF_PREFIX.keys()];

/** As Stripe calls it: `payment_intent` of `pi_…`; null for an id that can be no shop's. */
export function objectTypeOf(stripeId: string): string | null {
  return TYPE_OF_PREFIX.get(stripeId.split('_', 1)[0] ?? '') ?? null;
}
