import type { HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { Facts } from './facts.ts';
import { done, later, missing, notNeeded, type Step, waiting } from './step.rules.ts';

export function mappingStep(facts: Facts): Step {
  const { host, way, mapping } = facts;
  const title = 'the mapping';
  if (mapping === null) {
    const mode = way === 'vanity' ? 'redirect_only' : 'landing_only';
    return missing('mapping', title, 'not mapped', [`--apply maps it as ${mode}.`]);
  }
  const wrong = misfitOf(facts, mapping);
  if (wrong !== null) return missing('mapping', title, wrong.what, [wrong.next]);
  const redirect = mapping.canonicalHost === host ? '' : ` to ${mapping.canonicalHost}`;
  return done('mapping', title, `${mapping.mode}${redirect}, version ${mapping.version}`);
}

function misfitOf(
  { host, way, shopId, now }: Facts,
  mapping: HostMapping,
): { what: string; next: string } | null {
  if (mapping.shopId !== shopId) {
    return {
      what: `it is the shop ${mapping.shopId}'s`,
      next: 'To move it from one shop to another, follow edge/hosts/runbooks/cutover.md.',
    };
  }
  const kind = way === 'vanity' ? 'vanity' : 'canonical';
  if (mapping.kind !== kind) {
    return {
      what: `its kind is ${mapping.kind}, and not ${kind}`,
      next: `Change it by \`npm run hosts -- set ${host} --kind ${kind} …\`, or take another --kind.`,
    };
  }
  const expired = mapping.expiresAt !== undefined && Date.parse(mapping.expiresAt) <= now.getTime();
  if (mapping.mode === 'expired' || expired) {
    return {
      what: `it is expired${expired ? ` since ${mapping.expiresAt}` : ''}`,
      next: `Give it another mode or expiry by \`npm run hosts -- set ${host} …\`.`,
    };
  }
  return null;
}

export function activeStep({ way, mapping }: Facts, blocking: readonly Step[]): Step {
  const title = 'open';
  if (way === 'vanity') return notNeeded('active', title, 'a vanity host only redirects');
  if (mapping?.mode === 'active') return done('active', title, 'active');
  if (blocking.length > 0) return later('active', title, 'when all of the above is done');
  return missing('active', title, 'everything is ready', ['--activate --apply opens the shop.']);
}

/** What is seen here may be one place alone: the others follow within the documented time. */
export function everywhereStep({ mapping, now, settlesMs }: Facts): Step {
  const title = 'everywhere';
  if (mapping === null) return later('everywhere', title, 'when it is mapped');
  const settled = new Date(Date.parse(mapping.updatedAt) + settlesMs);
  const clock = `${settled.toISOString().slice(11, 19)} UTC`;
  if (now.getTime() >= settled.getTime()) {
    return done('everywhere', title, `version ${mapping.version} since ${clock} at the latest`);
  }
  return waiting('everywhere', title, `version ${mapping.version} by ${clock}`, [
    'Run this again then, or now with --wait.',
  ]);
}
