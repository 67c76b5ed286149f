import { isInventoryReason, isProblemCode } from '@commerce/contracts/vocabulary/problem.ts';
import { acceptRequestId, REQUEST_ID_HEADER } from '@commerce/contracts/vocabulary/request-id.ts';
import Router from '@koa/router';
import Koa, { type Context } from 'koa';
import type { Deps } from './deps.ts';
import { type Contract, loadContract } from './http/contract.ts';
import { type GatewayKeys, importGatewayKeys } from './http/gateway-signature.ts';
import { serveOperation } from './http/serve-operation.ts';
import { answerProblem, type Trace } from './http/trace.ts';
import { nodeHandlers, opsHandlers } from './operations.ts';
import { errorFields } from './platform/log.ts';
import { Problem } from './platform/problem.ts';

type Traced = { trace: Trace };
type Handlers = ReturnType<typeof nodeHandlers> | ReturnType<typeof opsHandlers>;

/** One wide event and its metrics, for every request. Never a body or a token. */
function report(deps: Deps, ctx: Context, trace: Trace, startedAt: number): void {
  const { operation, family, outcome, requestId } = trace;
  const seconds = (performance.now() - startedAt) / 1_000;
  const shop = trace.shopId ?? '';
  deps.metrics.requests.inc({ shop, operation, family, status: ctx.status });
  deps.metrics.latency.observe({ shop, operation, family }, seconds);
  if (isProblemCode(outcome) && isInventoryReason(outcome))
    deps.metrics.inventoryConflicts.inc({ shop, operation, reason: outcome });
  // A success that was stored for a try whose answer got lost is one too: the buyer has it by trying again.
  if (trace.attempt > 1 && ctx.status < 300) deps.metrics.retriesSucceeded.inc({ shop, operation });
  const fields = {
    requestId,
    shopId: trace.shopId,
    operation,
    status: ctx.status,
    outcome,
    // A cause that is a word was chosen for the log; an error's text may quote what was sent.
    ...(typeof trace.cause === 'string' ? { reason: trace.cause } : {}),
    ...(trace.attempt > 1 ? { attempt: trace.attempt } : {}),
    latencyMs: Math.round(seconds * 1_000),
  };
  if (ctx.status >= 500)
    deps.log.error('request', {
      ...fields,
      ...(trace.cause === undefined ? {} : errorFields(trace.cause)),
    });
  else deps.log.info('request', fields);
}

function register(
  deps: Deps,
  router: Router<Traced>,
  contract: Contract,
  handlers: Handlers,
  gatewayKeys: GatewayKeys,
): void {
  const byId = new Map(Object.entries(handlers));
  for (const operation of contract.operations) {
    if (operation.answeredBy !== 'node') continue;
    const serving = {
      deps,
      contract,
      operation,
      handler: byId.get(operation.operationId),
      gatewayKeys,
    };
    router.register(operation.path, [operation.method], (ctx) =>
      serveOperation(serving, ctx, ctx.state.trace),
    );
  }
}

/** A path that some operation has is 405 with what it allows; any other is 404. */
function unmatched(router: Router<Traced>, path: string): Problem {
  const { path: layers } = router.match(path, '');
  const allowed = [...new Set(layers.flatMap(({ methods }) => methods))];
  if (allowed.length === 0) return new Problem('not_found', { detail: 'There is nothing here.' });
  return new Problem(
    'method_not_allowed',
    { detail: `Allowed: ${allowed.join(', ')}.` },
    { headers: { allow: allowed.join(', ') } },
  );
}

/** Dependencies in, Koa app out. It answers the node contract and the part of the ops contract that is the node's. */
export async function createApp(deps: Deps): Promise<Koa> {
  const app = new Koa<Traced>();
  // A path is what the contract says, to the letter.
  const router = new Router<Traced>({ sensitive: true, strict: true });
  const gatewayKeys = await importGatewayKeys(deps.config.gatewayPublicKeys);
  const [node, ops] = await Promise.all([loadContract('node-v1'), loadContract('ops-v1')]);
  register(deps, router, node, nodeHandlers(deps), gatewayKeys);
  register(deps, router, ops, opsHandlers(deps), gatewayKeys);
  const routes = router.routes();
  app.use(async (ctx) => {
    const startedAt = performance.now();
    const requestId = acceptRequestId(ctx.get(REQUEST_ID_HEADER), deps.clock.uuid);
    const trace: Trace = {
      requestId,
      shopId: undefined,
      operation: 'none',
      family: 'none',
      attempt: 1,
      outcome: 'ok',
      cause: undefined,
    };
    ctx.state.trace = trace;
    ctx.set(REQUEST_ID_HEADER, requestId);
    if (ctx.path === '/health') {
      ctx.body = { ok: true };
      return;
    }
    let matched = true;
    await routes(ctx as never, async () => {
      matched = false;
    });
    if (!matched) {
      const problem = answerProblem(unmatched(router, ctx.path), trace);
      ctx.status = problem.status;
      ctx.set({ ...problem.headers });
      ctx.body = JSON.stringify(problem.body);
    }
    report(deps, ctx, trace, startedAt);
  });
  app.on('error', (error: unknown) =>
    deps.log.error('request failed outside its handler', errorFields(error)),
  );
  return app as unknown as Koa;
}
