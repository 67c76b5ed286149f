/** How a customer, a subscription or an invoice stands: a function of what was said of it, whatever was heard first. */
import { canonicalJson } from '../platform/canonical-json.rules.ts';
import { INVOICE_STATUSES, type InvoiceContent } from './content.rules.ts';

/**
 * begun: the event of its making, before every other of the same second. told: any other. ended: it is over, for good.
 * fetched: Stripe's own answer where events of one second say different things.
 */
export type BillingFact<Content> = {
  readonly kind: 'begun' | 'told' | 'ended' | 'fetched';
  /** The event's id; of a fetched one, which telling it settles. With the kind, what makes it one fact. */
  readonly reference: string;
  /** When it was so: Stripe's clock, in whole Unix seconds. */
  readonly seenAt: number;
  readonly content: Content;
};

export type Standing<Content> = {
  readonly content: Content;
  readonly seenAt: number;
  readonly isOver: boolean;
};

export type Reading<Content> = {
  /** Null while nothing is decided. */
  readonly standing: Standing<Content> | null;
  /** Events of the newest second contradict each other: the object is to be fetched, and recorded under this reference. */
  readonly toFetch: { readonly reference: string; readonly seenAt: number } | null;
};

const EARLIER_IN_ITS_SECOND = 'begun';

function byMoment<C>(facts: readonly BillingFact<C>[]): BillingFact<C>[][] {
  const rank = ({ kind }: BillingFact<C>): number => (kind === EARLIER_IN_ITS_SECOND ? 0 : 1);
  const moments = Map.groupBy(facts, (fact) => `${fact.seenAt} ${rank(fact)}`);
  const newestFirst = [...moments.values()].sort(([one], [other]) =>
    one === undefined || other === undefined
      ? 0
      : other.seenAt - one.seenAt || rank(other) - rank(one),
  );
  return newestFirst;
}

/** How many tellings there were is part of it: one that comes later may be of later in that second, and is asked about anew. */
function referenceOf<C>(moment: readonly BillingFact<C>[]): string {
  const [fact] = moment;
  return `${fact?.kind}:${fact?.seenAt}:${moment.length}`;
}

/**
 * The end is final; else the newest second tells. Facts of one second cannot be ordered: where they differ, what was
 * fetched with all of them known decides, and until then the newest second that is decided.
 */
export function readStanding<C>(facts: readonly BillingFact<C>[]): Reading<C> {
  const ended = facts.filter(({ kind }) => kind === 'ended');
  const isOver = ended.length > 0;
  const told = isOver ? ended : facts.filter(({ kind }) => kind === 'begun' || kind === 'told');
  let toFetch: Reading<C>['toFetch'] = null;
  for (const [index, moment] of byMoment(told).entries()) {
    const [first] = moment;
    if (first === undefined) continue;
    const { seenAt } = first;
    const contents = new Set(moment.map(({ content }) => canonicalJson(content)));
    if (contents.size === 1)
      return { standing: { content: first.content, seenAt, isOver }, toFetch };
    const reference = referenceOf(moment);
    const fetched = facts.find((fact) => fact.kind === 'fetched' && fact.reference === reference);
    if (fetched !== undefined)
      return { standing: { content: fetched.content, seenAt, isOver }, toFetch };
    if (index === 0) toFetch = { reference, seenAt };
  }
  return { standing: null, toFetch };
}

function compareInvoices(
  one: BillingFact<InvoiceContent>,
  other: BillingFact<InvoiceContent>,
): number {
  const rank = ({ content }: BillingFact<InvoiceContent>): number =>
    INVOICE_STATUSES.indexOf(content.status);
  return (
    rank(one) - rank(other) ||
    one.content.amountPaidMinor - other.content.amountPaidMinor ||
    one.content.attemptCount - other.content.attemptCount ||
    one.seenAt - other.seenAt ||
    (canonicalJson(one.content) < canonicalJson(other.content) ? -1 : 1)
  );
}

/** An invoice orders itself: it only ever goes forward, is paid more, and is tried more often. Nothing is fetched. */
export function readInvoiceStanding(
  facts: readonly BillingFact<InvoiceContent>[],
): Standing<InvoiceContent> | null {
  const furthest = [...facts].sort(compareInvoices).at(-1);
  if (furthest === undefined) return null;
  const { content, seenAt } = furthest;
  return { content, seenAt, isOver: content.status === 'paid' || content.status === 'void' };
}
