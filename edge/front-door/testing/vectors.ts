import file from '@commerce/contracts/public/v1/vectors/front-door.json' with { type: 'json' };
import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import { type Decision, decide, decideWebhook, type WebhookDecision } from '../decide.ts';
import { hostOwner, type PlatformHosts } from '../host.rules.ts';

/** A row of `contracts/public/v1/vectors/front-door.json`, whose own words say how it is read. */
export interface Vector {
  readonly case: string;
  /** Method and target. */
  readonly request: string;
  /** Default: `shop.example`. */
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly answer: string;
  /** The answer where a server before the front door rewrites or refuses the request. */
  readonly runtime?: string;
}

const UPDATED = { version: 7, updatedAt: '2026-11-01T09:00:00Z', updatedBy: 'ida' };

export const NOW = new Date(file.now);
export const PLATFORM: PlatformHosts = file.platform;
export const MAPPINGS = file.mappings.map((row) => ({ ...row, ...UPDATED })) as HostMapping[];
export const VECTORS: readonly Vector[] = file.vectors;

export function hostOf({ host = 'shop.example' }: Vector): string {
  return host;
}

export function partsOf({ request }: Vector): { method: string; target: string } {
  const space = request.indexOf(' ');
  return { method: request.slice(0, space), target: request.slice(space + 1) };
}

/** A request to the front door, as far as it is decided upon. */
export interface VisitedDoor {
  readonly method: string;
  readonly target: string;
  readonly authority: string;
  readonly headers: Headers;
}

/** What the decision functions make of a request, in the words of the vectors. */
export function answerOf(
  { method, target, authority, headers }: VisitedDoor,
  mappings: ReadonlyMap<string, HostMapping>,
  now: Date,
): string {
  const owner = hostOwner(authority, PLATFORM);
  if (owner.kind === 'operators') return 'operators';
  // Whatever the Host header holds, the server behind it sees some URL; its authority is not read again.
  const request = {
    method,
    url: `https://${authority.replaceAll(/[/?#]/g, '')}${target}`,
    headers,
  };
  if (owner.kind === 'webhooks') return wordsOf(decideWebhook(request), null);
  const mapping = owner.host === null ? null : (mappings.get(owner.host) ?? null);
  return wordsOf(decide(request, mapping, now), mapping);
}

function wordsOf(decision: Decision | WebhookDecision, mapping: HostMapping | null): string {
  switch (decision.kind) {
    case 'unknown_host':
      return '404 host_unknown';
    case 'not_found':
      return '404 not_found';
    case 'not_trading':
      return '403 shop_not_trading';
    case 'canonical': {
      const { pathname, search } = decision.target;
      return `301 https://${mapping?.canonicalHost}${pathname}${search}`;
    }
    case 'locale':
      return `307 ${decision.location}`;
    case 'closed':
      return decision.mode === 'expired' ? 'closed page' : 'landing page';
    case 'mapping':
      return `mapping ${decision.mode}`;
    case 'options':
      return `204 ${decision.allow.join(', ')}`;
    case 'wrong_method':
      return `405 ${decision.allow.join(', ')}`;
    case 'webhook':
      return `gateway ${decision.operationId}`;
    case 'api':
      return `${decision.route.answeredBy} ${decision.route.operationId}`;
    case 'page':
    case 'file':
      return `storefront ${decision.kind} ${decision.locale}`;
  }
}
