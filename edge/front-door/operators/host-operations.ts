import { SHOP_ID_PATTERN } from '@commerce/contracts/vocabulary/ids.ts';
import type {
  HostMappingList,
  PutHostRequest,
} from '@commerce/generated/ops-v1/client/types.gen.ts';
import { requestBodies } from '@commerce/generated/ops-v1/request-bodies.js';
import { parseJsonBody } from '../../http/json-body.ts';
import { refuse } from '../../http/refuse.ts';
import type { RequestTrace } from '../../http/request-trace.ts';
import type { FrontDoorEnv } from '../bindings.ts';
import { listMappings, readMapping } from '../mapping/read-mapping.ts';
import { writeMapping } from '../mapping/write-mapping.ts';
import type { Registry } from './ask-node.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 100;
const HOST_PATTERN = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** One call of an operator to an operation that the edge answers. */
export interface HostCall {
  readonly request: Request;
  readonly env: FrontDoorEnv;
  readonly trace: RequestTrace;
  readonly params: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** The subject of the operator's verified token. */
  readonly operator: string;
  readonly registry: Registry;
}

export async function listHosts({ request, env, trace }: HostCall): Promise<Response> {
  const query = new URL(request.url).searchParams;
  const shopId = query.get('shopId');
  const after = query.get('after');
  const limit = query.has('limit') ? Number(query.get('limit')) : DEFAULT_LIMIT;
  const errors = [
    ...(shopId === null || SHOP_ID_PATTERN.test(shopId) ? [] : ['shopId']),
    ...(after === null || HOST_PATTERN.test(after) ? [] : ['after']),
    ...(Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT ? [] : ['limit']),
  ].map((name) => ({ path: `/query/${name}`, message: 'does not match the contract' }));
  if (errors.length > 0) {
    return refuse(trace, 'malformed_request', 'The query does not match the contract.', { errors });
  }
  const page = await listMappings(env.HOSTS_DB, { shopId, after: after ?? '', limit });
  const list: HostMappingList = {
    items: page.items,
    ...(page.nextAfter === null ? {} : { next: page.nextAfter }),
  };
  return answer(list);
}

export async function getHost({ env, trace, params }: HostCall): Promise<Response> {
  const mapping = await readMapping(env.HOSTS_DB, params.host ?? '');
  if (mapping === null) return refuse(trace, 'host_unknown', 'No such host is mapped.');
  return answer(mapping);
}

export async function putHost(call: HostCall): Promise<Response> {
  const { request, env, trace, params, body, operator, registry } = call;
  const contentType = request.headers.get('content-type');
  const parsed = parseJsonBody(body, contentType, requestBodies.putHost, { optional: false });
  if (!parsed.ok) {
    const errors =
      'errors' in parsed && parsed.errors !== undefined ? { errors: parsed.errors } : {};
    return refuse(trace, parsed.code, parsed.detail, errors);
  }
  const { reason, expectedVersion, ...settings } = parsed.value as PutHostRequest;
  const outcome = await writeMapping(
    {
      settings: { host: params.host ?? '', ...settings },
      expectedVersion,
      operator,
      reason: reason ?? '',
      requestId: trace.requestId,
    },
    {
      database: env.HOSTS_DB,
      cache: env.HOST_CACHE,
      shopExists: registry.shopExists,
      reservedHosts: [env.WEBHOOK_HOST, env.CONTROL_HOST],
      now: new Date(),
    },
  );
  trace.shopId = settings.shopId;
  return outcome.ok ? answer(outcome.mapping) : refuse(trace, outcome.code, outcome.detail);
}

function answer(body: unknown): Response {
  return Response.json(body, { headers: { 'cache-control': 'no-store' } });
}
