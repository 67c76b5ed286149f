import type { HostHistory, HostMappingList } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { tagOf } from '../mapping/precondition.rules.ts';
import { readHistory } from '../mapping/read-history.ts';
import { listMappings, readMapping } from '../mapping/read-mapping.ts';
import { answer, type HostCall, refuseQuery, refuseUnknownHost } from './host-call.ts';
import { HOST, KIND, LIMIT, MODE, readQuery, SHOP_ID, VERSION } from './query.rules.ts';

const DEFAULT_LIMIT = 50;

export async function listHosts({ request, env, trace }: HostCall): Promise<Response> {
  const reading = readQuery(new URL(request.url).searchParams, {
    shopId: SHOP_ID,
    kind: KIND,
    mode: MODE,
    after: HOST,
    limit: LIMIT,
  });
  if (!reading.ok) return refuseQuery(trace, reading.errors);
  const { after, limit, ...filter } = reading.query;
  const page = await listMappings(env.HOSTS_DB, {
    ...filter,
    after: after ?? '',
    limit: limit ?? DEFAULT_LIMIT,
  });
  const list: HostMappingList = {
    items: page.items,
    ...(page.nextAfter === null ? {} : { next: page.nextAfter }),
  };
  return answer(list);
}

export async function getHost({ request, env, trace, params }: HostCall): Promise<Response> {
  const reading = readQuery(new URL(request.url).searchParams, {});
  if (!reading.ok) return refuseQuery(trace, reading.errors);
  const host = params.host ?? '';
  const mapping = await readMapping(env.HOSTS_DB, host);
  if (mapping === null) return refuseUnknownHost(trace, host, 'is not mapped');
  return answer(mapping, { etag: tagOf(mapping.version) });
}

export async function getHostHistory({ request, env, trace, params }: HostCall): Promise<Response> {
  const parameters = { before: VERSION, limit: LIMIT };
  const reading = readQuery(new URL(request.url).searchParams, parameters);
  if (!reading.ok) return refuseQuery(trace, reading.errors);
  const host = params.host ?? '';
  const { before, limit } = reading.query;
  const asked = { host, before, limit: limit ?? DEFAULT_LIMIT };
  const page = await readHistory(env.HOSTS_DB, asked);
  if (page === null) return refuseUnknownHost(trace, host, 'was never mapped');
  const history: HostHistory = {
    items: page.items,
    ...(page.nextBefore === null ? {} : { next: page.nextBefore }),
  };
  return answer(history);
}
