/** Money that came in, as a fact: the same whether its session or its intent told of it. */
import type { NewFact } from './order-rows.ts';

export type Agreed = { readonly totalMinor: number; readonly currency: string };

export type Payment = {
  /** The intent; the session where there is none. */
  readonly reference: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly occurredAt: Date;
};

/** Whether it is what the order asks for. */
export function isAgreed(
  payment: Omit<Payment, 'reference' | 'occurredAt'>,
  agreed: Agreed,
): boolean {
  return payment.amountMinor === agreed.totalMinor && payment.currency === agreed.currency;
}

/**
 * Money of another amount or currency pays for nothing until a person has looked. The amount is part of its name: two
 * tellings of one payment that disagree are two facts, whichever came first.
 */
export function readPayment(payment: Payment, agreed: Agreed): NewFact[] {
  const { reference, amountMinor, currency, occurredAt } = payment;
  if (isAgreed(payment, agreed)) return [{ ...payment, kind: 'payment_succeeded' }];
  const detail = `${amountMinor} ${currency} by ${reference}, order of ${agreed.totalMinor} ${agreed.currency}`;
  return [
    {
      ...payment,
      kind: 'payment_mismatched',
      reference: `${reference}:${amountMinor}:${currency}`,
      detail: reference,
    },
    { kind: 'needs_attention', reference: 'amount_mismatch', detail, occurredAt },
  ];
}
