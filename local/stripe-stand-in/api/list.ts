import type Stripe from 'stripe';
import { invalidRequest, resourceMissing } from './api-error.ts';
import { integer, text } from './scalars.ts';
import { hash, optional, type Param, type Parsed } from './schema.ts';

/** The parameters every list takes. */
export const paginationParams = {
  limit: optional(integer({ min: 1, max: 100 })),
  starting_after: optional(text()),
  ending_before: optional(text()),
};

type Pagination = Parsed<typeof paginationParams>;

const range = hash({
  gt: optional(integer()),
  gte: optional(integer()),
  lt: optional(integer()),
  lte: optional(integer()),
});

/** `created`: a Unix second, or bounds on it. */
export const createdParam: Param<(createdSeconds: number) => boolean> = {
  read(value, path) {
    if (typeof value === 'string') {
      const exact = integer().read(value, path);
      return (created) => created === exact;
    }
    const { gt, gte, lt, lte } = range.read(value, path);
    return (created) =>
      created > (gt ?? -Infinity) &&
      created >= (gte ?? -Infinity) &&
      created < (lt ?? Infinity) &&
      created <= (lte ?? Infinity);
  },
};

export function checkPagination(params: Pagination): void {
  if (params.starting_after === undefined || params.ending_before === undefined) return;
  const message = 'You may only specify one of these parameters: starting_after, ending_before.';
  throw invalidRequest(message, { code: 'parameters_exclusive', param: 'starting_after' });
}

/**
 * One page, newest first. `records` come oldest first, as the store keeps them; `kind` names the
 * object in the error about a cursor that does not exist.
 */
export function page<T extends { id: string }>(
  url: string,
  kind: string,
  records: Iterable<T>,
  params: Pagination,
  keep: (record: T) => boolean = () => true,
): Stripe.ApiList<T> {
  const newestFirst = [...records].reverse();
  const limit = params.limit ?? 10;
  const from = indexAfter(newestFirst, kind, 'starting_after', params.starting_after);
  if (params.ending_before !== undefined) {
    const before = indexAfter(newestFirst, kind, 'ending_before', params.ending_before) - 1;
    const matching = newestFirst.slice(0, before).filter(keep);
    return {
      object: 'list',
      data: matching.slice(-limit),
      has_more: matching.length > limit,
      url,
    };
  }
  const data: T[] = [];
  for (const record of newestFirst.slice(from)) {
    if (!keep(record)) continue;
    if (data.length === limit) return { object: 'list', data, has_more: true, url };
    data.push(record);
  }
  return { object: 'list', data, has_more: false, url };
}

function indexAfter(
  records: readonly { id: string }[],
  kind: string,
  param: string,
  cursor: string | undefined,
): number {
  if (cursor === undefined) return 0;
  const index = records.findIndex((record) => record.id === cursor);
  if (index === -1) throw resourceMissing(kind, cursor, param, 'in_parameter');
  return index + 1;
}
