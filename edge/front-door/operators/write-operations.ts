import type { PutHostRequest } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { requestBodies } from '@commerce/generated/ops-v1/request-bodies.js';
import { parseJsonBody } from '../../http/json-body.ts';
import { refuse } from '../../http/refuse.ts';
import type { RequestTrace } from '../../http/request-trace.ts';
import { announceMapping } from '../mapping/announce-mapping.ts';
import { type DeletionOutcome, deleteMapping } from '../mapping/delete-mapping.ts';
import { readPrecondition, tagOf } from '../mapping/precondition.rules.ts';
import { type WriteDependencies, writeMapping } from '../mapping/write-mapping.ts';
import { answer, type HostCall, refuseQuery, refuseUnknownHost } from './host-call.ts';
import { DRY_RUN, REASON, readQuery } from './query.rules.ts';

export async function putHost(call: HostCall): Promise<Response> {
  const { request, trace, params, body, operator } = call;
  const reading = readQuery(new URL(request.url).searchParams, { dryRun: DRY_RUN });
  if (!reading.ok) return refuseQuery(trace, reading.errors);
  const precondition = readPrecondition(request.headers);
  if (!precondition.ok) return refuseHeader(trace, precondition.header, precondition.message);
  const contentType = request.headers.get('content-type');
  const parsed = parseJsonBody(body, contentType, requestBodies.putHost, { optional: false });
  if (!parsed.ok) {
    const errors =
      'errors' in parsed && parsed.errors !== undefined ? { errors: parsed.errors } : {};
    return refuse(trace, parsed.code, parsed.detail, errors);
  }
  const { reason, ...settings } = parsed.value as PutHostRequest;
  trace.shopId = settings.shopId;
  const outcome = await writeMapping(
    {
      settings: { host: params.host ?? '', ...settings },
      precondition: precondition.precondition,
      dryRun: reading.query.dryRun ?? false,
      operator,
      reason,
      requestId: trace.requestId,
    },
    dependenciesOf(call),
  );
  if (!outcome.ok) return refuseWrite(trace, params.host ?? '', outcome);
  return answer(outcome.mapping, { etag: tagOf(outcome.mapping.version) });
}

export async function deleteHost(call: HostCall): Promise<Response> {
  const { request, trace, params, operator } = call;
  const parameters = { reason: REASON, dryRun: DRY_RUN };
  const reading = readQuery(new URL(request.url).searchParams, parameters);
  if (!reading.ok) return refuseQuery(trace, reading.errors);
  const { reason, dryRun } = reading.query;
  if (reason === null) {
    const message = `is missing: it must be ${REASON.expected}`;
    return refuseQuery(trace, [{ path: '/query/reason', message }]);
  }
  const precondition = readPrecondition(request.headers);
  if (!precondition.ok) return refuseHeader(trace, precondition.header, precondition.message);
  if (precondition.precondition.kind === 'unmapped') {
    return refuseHeader(trace, 'if-none-match', 'is for a host that is to be mapped: If-Match');
  }
  const host = params.host ?? '';
  const outcome = await deleteMapping(
    {
      host,
      precondition: precondition.precondition,
      dryRun: dryRun ?? false,
      operator,
      reason,
      requestId: trace.requestId,
    },
    dependenciesOf(call),
  );
  if (!outcome.ok) return refuseWrite(trace, host, outcome);
  return new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } });
}

function dependenciesOf({ env, trace, registry }: HostCall): WriteDependencies {
  return {
    database: env.HOSTS_DB,
    shopExists: registry.shopExists,
    announce: (host, mapping) => announceMapping(host, mapping, env, trace),
    reservedHosts: [env.WEBHOOK_HOST, env.CONTROL_HOST],
    now: new Date(),
  };
}

/** A precondition that is not met is answered with the tag that would have met it. */
function refuseWrite(
  trace: RequestTrace,
  host: string,
  { code, detail, presentVersion = null }: Exclude<DeletionOutcome, { ok: true }>,
): Response {
  if (code === 'host_unknown') return refuseUnknownHost(trace, host, 'is not mapped');
  const headers = presentVersion === null ? {} : { etag: tagOf(presentVersion) };
  return refuse(trace, code, detail, { headers });
}

function refuseHeader(trace: RequestTrace, header: string, message: string): Response {
  const detail = 'A precondition does not match the contract.';
  const errors = [{ path: `/headers/${header}`, message }];
  return refuse(trace, 'malformed_request', detail, { errors });
}
