import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { Answer, Facts } from './facts.ts';
import { done, later, missing, notNeeded, type Step, waiting } from './step.rules.ts';

/** `/.well-known/front-door`: which mapping is in force out there. */
export function frontDoorStep(facts: Facts): Step {
  const { mapping, frontDoor, now, settlesMs } = facts;
  const title = 'the front door answers for it';
  if (mapping === null) return later('front-door', title, 'when it is mapped');
  if (frontDoor.kind === 'not_looked') return later('front-door', title, frontDoor.why);
  if (frontDoor.kind === 'failed') {
    return missing('front-door', title, `no answer: ${frontDoor.why}`, [
      'Does the route of the front door cover this host?',
    ]);
  }
  const misfit = misfitOf(frontDoor, mapping);
  if (misfit === null) {
    return done('front-door', title, `${mapping.shopId}, version ${mapping.version}`);
  }
  if (now.getTime() < Date.parse(mapping.updatedAt) + settlesMs) {
    return waiting('front-door', title, `${misfit}, as it may until the write holds everywhere`, [
      'Run this again in a moment, or now with --wait.',
    ]);
  }
  return missing('front-door', title, misfit, [
    'The write should hold by now: does the request reach this platform, and its mapping cache?',
  ]);
}

/** What the answer says that the mapping does not; null where they agree. */
function misfitOf({ status, text }: Answer, mapping: HostMapping): string | null {
  const said = parsed(text);
  if (status !== 200 || said === null) return `it answers ${status}, and no mapping`;
  for (const field of ['host', 'shopId', 'version'] as const) {
    if (said[field] !== mapping[field]) {
      return `it says ${field} ${String(said[field])}, and not ${mapping[field]}`;
    }
  }
  return null;
}

function parsed(text: string): Partial<HostMapping> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null;
  }
}

const SECURITY_HEADERS = [
  'content-security-policy',
  'x-content-type-options',
  'referrer-policy',
  'permissions-policy',
] as const;

/** The landing page, the shop's first page, or a vanity host's redirect. */
export function pageStep(facts: Facts): Step {
  const { local, way, mapping, page } = facts;
  const title = way === 'vanity' ? 'it redirects' : 'its first page';
  if (mapping === null) return later('page', title, 'when it is mapped');
  if (page.kind === 'not_looked') return later('page', title, page.why);
  if (page.kind === 'failed') {
    return missing('page', title, `no answer: ${page.why}`, ['Look at it in a browser.']);
  }
  if (way === 'vanity') return redirectStep(title, page, mapping.canonicalHost);
  if (page.status !== 200) {
    return missing('page', title, `it answers ${page.status}`, [
      `Look for the request ${page.headers.get('x-request-id') ?? 'id'} in the logs.`,
    ]);
  }
  const wanted = [...SECURITY_HEADERS, ...(local ? [] : ['strict-transport-security'])];
  const lacking = wanted.filter((name) => !page.headers.has(name));
  if (lacking.length === 0) return done('page', title, '200, with its security headers');
  return missing('page', title, `200 without ${lacking.join(', ')}`, [
    'Something between this host and the front door takes headers away.',
  ]);
}

function redirectStep(title: string, { status, headers }: Answer, canonicalHost: string): Step {
  const location = headers.get('location') ?? '';
  const leadsTo = URL.canParse(location) ? new URL(location).hostname : null;
  if (status === 301 && leadsTo === canonicalHost) return done('page', title, `301 ${location}`);
  return missing('page', title, `${status} ${location}, and not 301 to ${canonicalHost}`, [
    'A redirect that a browser has seen is believed for up to an hour.',
  ]);
}

/** Nobody reads a shop in the clear. */
export function plainStep({ host, local, mapping, plain }: Facts): Step {
  const title = 'http leads to https';
  if (local) return notNeeded('plain', title, 'not needed locally');
  if (plain.kind === 'not_looked') return later('plain', title, plain.why);
  const set = ['Turn on "Always Use HTTPS", or apply edge/cloudflare/redirect-rules.json.'];
  if (plain.kind === 'failed') return missing('plain', title, `no answer: ${plain.why}`, set);
  const location = plain.headers.get('location') ?? '';
  const url = URL.canParse(location) ? new URL(location) : null;
  const ours = [host, mapping?.canonicalHost].includes(url?.hostname);
  const permanent = plain.status === 301 || plain.status === 308;
  if (permanent && url?.protocol === 'https:' && ours) {
    return done('plain', title, `${plain.status} ${location}`);
  }
  return missing('plain', title, `http answers ${plain.status} ${location}`.trim(), set);
}
