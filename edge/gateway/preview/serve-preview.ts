/**
 * A preview of stock, out of the shared cache where it is young enough:
 *
 *   age of what is kept          what a client gets
 *   under max-age                it, and nobody is asked
 *   + stale-while-revalidate     it, while one call in the background brings the next
 *   + stale-if-error             the answer of a call; it, where that call fails
 *   older, or nothing            the answer of a call, whatever it is
 *
 * Only a success is ever kept. A refusal (a shop that no longer trades) takes away what was.
 */
import { PROBLEM_CONTENT_TYPE } from '@commerce/contracts/vocabulary/problem.ts';
import type { ShopContext } from '@commerce/contracts/vocabulary/shop-context.ts';
import { count } from '../../http/metrics.ts';
import type { RequestTrace } from '../../http/request-trace.ts';
import type { GatewayConfig } from '../config.ts';
import { notModified } from '../etag.ts';
import { type NodeAnswer, NodeUnreachable } from '../node-client.ts';
import { passOn } from '../pass-on.ts';
import { standingOf } from './lifetimes.rules.ts';
import {
  dropPreview,
  findPreview,
  inOrderOf,
  keepPreview,
  type Preview,
  previewAddress,
  sortedKeys,
  toPreview,
} from './preview-store.ts';
import { type Afterwards, type Shared, SharedCalls } from './shared-calls.ts';

/** With an older answer at hand nobody waits longer for a newer one. */
const PATIENCE_WITH_OLDER_MS = 2_000;

export interface PreviewCall {
  readonly context: ShopContext;
  /** As the client asked: valid, in any order, perhaps repeated. */
  readonly variantKeys: readonly string[];
  readonly ifNoneMatch: string | null;
  /** Asks the node service for these keys. @throws NodeUnreachable */
  readonly ask: (keys: readonly string[], timeoutMs: number) => Promise<NodeAnswer>;
  readonly timeoutMs: number;
  readonly afterwards: Afterwards;
}

/** What a call to the node service came to. An answer names its own request, and is for nobody else. */
type Outcome =
  | { readonly kind: 'preview'; readonly preview: Preview }
  /** It says what is so: the shop does not trade, or is not there. */
  | { readonly kind: 'answer'; readonly answer: NodeAnswer }
  /** It says nothing of the stock, and may be answered otherwise in a moment. */
  | { readonly kind: 'failure'; readonly answer: NodeAnswer | NodeUnreachable };

/** Calls for the same preview that one isolate makes at one time are one. */
const calls = new SharedCalls<Outcome>();

export async function servePreview(
  call: PreviewCall,
  config: GatewayConfig,
  trace: RequestTrace,
): Promise<Response> {
  const keys = sortedKeys(call.variantKeys);
  const address = await previewAddress(call.context, keys);
  const kept = await findPreview(address);
  const standing =
    kept === null ? 'gone' : standingOf(Date.now() - kept.storedAtMs, kept.lifetimes);
  if (kept !== null && (standing === 'fresh' || standing === 'stale')) {
    trace.previewSource = standing;
    const refresh = () => askNode(call, address, keys, call.timeoutMs);
    if (standing === 'stale') calls.inBackground(address, call.afterwards, refresh);
    return present(kept, call);
  }
  const older = standing === 'if_error' ? kept : null;
  const timeoutMs = older === null ? call.timeoutMs : PATIENCE_WITH_OLDER_MS;
  const ask = () => askNode(call, address, keys, timeoutMs);
  const shared = await calls.share(address, timeoutMs, call.afterwards, ask);
  trace.previewSource = 'node';
  if (shared.outcome?.kind === 'preview') return present(shared.outcome.preview, call);
  if (older !== null && shared.outcome?.kind !== 'answer') {
    trace.previewSource = 'stale_if_error';
    count(config.metrics, 'preview_stale_if_error', { shopId: call.context.shopId });
    return present(older, call);
  }
  const outcome = await outcomeFor(shared, ask);
  if (outcome.kind === 'preview') return present(outcome.preview, call);
  const { answer } = outcome;
  const answering = answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  return notModified(await passOn(answering, trace), call.ifNoneMatch);
}

/** A refusal is told to each in its own words. Who waited for a call that failed does not add one of its own to the load. */
function outcomeFor(
  { outcome, isOwn }: Shared<Outcome>,
  ask: () => Promise<Outcome>,
): Promise<Outcome> | Outcome {
  if (isOwn && outcome !== null) return outcome;
  if (outcome?.kind === 'answer') return ask();
  return { kind: 'failure', answer: new NodeUnreachable('the call that was waited for failed') };
}

/** Asks the node service, and keeps what may be kept. What it refuses is no longer shown; a failure leaves it to its age. */
async function askNode(
  call: PreviewCall,
  address: string,
  keys: readonly string[],
  timeoutMs: number,
): Promise<Outcome> {
  const answer = await call.ask(keys, timeoutMs).catch((error: unknown) => {
    if (error instanceof NodeUnreachable) return error;
    throw error;
  });
  if (answer instanceof NodeUnreachable || isFailure(answer)) return { kind: 'failure', answer };
  const preview = toPreview(answer, keys, Date.now());
  if (preview === null) {
    await dropPreview(address);
    return { kind: 'answer', answer };
  }
  await keepPreview(address, preview);
  return { kind: 'preview', preview };
}

/** A refusal is a problem of the node service's own; whatever else is no success says nothing of the stock. */
function isFailure({ status, headers }: NodeAnswer): boolean {
  if (status >= 200 && status < 300) return false;
  const isProblem = headers.get('content-type')?.startsWith(PROBLEM_CONTENT_TYPE) ?? false;
  return !isProblem || status >= 500 || status === 429 || status === 401;
}

function present(preview: Preview, { variantKeys, ifNoneMatch }: PreviewCall): Response {
  const ageSeconds = Math.max(0, Math.floor((Date.now() - preview.storedAtMs) / 1_000));
  const response = new Response(inOrderOf(preview.body, variantKeys), {
    headers: {
      'content-type': 'application/json',
      etag: preview.etag,
      'cache-control': preview.cacheControl,
      // So that a browser counts what has passed here to what it may keep itself.
      age: String(ageSeconds),
    },
  });
  return notModified(response, ifNoneMatch);
}
