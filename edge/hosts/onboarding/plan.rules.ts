import type { HostMode } from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { Facts } from './facts.ts';
import { activeStep, everywhereStep, mappingStep } from './mapping-steps.rules.ts';
import { frontDoorStep, pageStep, plainStep } from './outside-steps.rules.ts';
import { recordLines } from './records.rules.ts';
import { done, later, missing, notNeeded, type Step } from './step.rules.ts';

/** Every step of an onboarding, judged by what is true now, in the order in which an operator goes through them. */
export function planOf(facts: Facts): Step[] {
  const before = [
    nameStep(facts),
    wayStep(facts),
    shopStep(facts),
    mappingStep(facts),
    addressStep(facts),
    certificateStep(facts),
    frontDoorStep(facts),
    pageStep(facts),
    plainStep(facts),
    tradeStep(facts),
  ];
  const blocking = blockingOf(before, facts);
  return [...before, activeStep(facts, blocking), everywhereStep(facts)];
}

/**
 * What keeps a host from being opened. Where the looks went to the platform past DNS, DNS may follow: a shop that
 * moves here opens first, so that nobody is ever shown the page of a shop that is not open yet.
 */
function blockingOf(steps: readonly Step[], { edge }: Facts): Step[] {
  return steps.filter(
    ({ id, state }) =>
      state !== 'done' && state !== 'not_needed' && !(id === 'addresses' && edge !== null),
  );
}

export type NextWrite =
  | { readonly kind: 'none' }
  | { readonly kind: 'write'; readonly mode: HostMode; readonly why: string }
  /** The operator wants it opened, and these are in the way. */
  | { readonly kind: 'blocked'; readonly by: readonly Step[] };

/** What a run may write: the first mapping, or `active` where that was asked for and nothing is in the way. */
export function nextWrite(facts: Facts, steps: readonly Step[], activate: boolean): NextWrite {
  const { mapping, way } = facts;
  if (mapping === null) {
    const first = ['name', 'way', 'shop'];
    const by = steps.filter(({ id, state }) => first.includes(id) && state !== 'done');
    if (by.length > 0) return { kind: 'blocked', by };
    return way === 'vanity'
      ? { kind: 'write', mode: 'redirect_only', why: 'Onboarding: the vanity host redirects' }
      : { kind: 'write', mode: 'landing_only', why: 'Onboarding: mapped, not open yet' };
  }
  if (!activate || way === 'vanity' || mapping.mode === 'active') return { kind: 'none' };
  const before = steps.slice(
    0,
    steps.findIndex(({ id }) => id === 'active'),
  );
  const by = blockingOf(before, facts);
  if (by.length > 0) return { kind: 'blocked', by };
  return { kind: 'write', mode: 'active', why: 'Onboarding: the shop opens' };
}

function nameStep({ host, refusal }: Facts): Step {
  const title = 'the name is valid and free';
  if (refusal === null) return done('name', title, host);
  return missing('name', title, refusal, ['Choose a name that a shop can have.']);
}

function wayStep({ host, way, holder, platformZone }: Facts): Step {
  const title = 'the way';
  if (way === null) {
    return missing('way', title, `${host} is not under ${platformZone}`, [
      'Say which it is: --kind apex (the shop’s own domain) or --kind vanity (a campaign’s).',
    ]);
  }
  if (way === 'umbrella') {
    return host.endsWith(`.${platformZone}`)
      ? done('way', title, `umbrella: a name under ${platformZone}`)
      : missing('way', title, `${host} is not under ${platformZone}`, [
          'Take --kind apex or --kind vanity, or another --zone.',
        ]);
  }
  const held = holder === 'zone' ? 'its zone is in our account' : 'a custom hostname of ours';
  return done('way', title, `${way}: ${held}`);
}

function shopStep({ shop, shopId }: Facts): Step {
  const title = 'the shop';
  return shop === null
    ? missing('shop', title, `the registry has no shop "${shopId}"`, [
        'Register the shop first, or correct --shop.',
      ])
    : done('shop', title, `${shop.shopId} (${shop.displayName})`);
}

function addressStep(facts: Facts): Step {
  const { host, local, addresses } = facts;
  const title = 'DNS leads to the platform';
  if (local) return notNeeded('addresses', title, 'not needed locally');
  const set = ['Set these records, and run this again:', ...recordLines(facts)];
  if (addresses.kind === 'not_looked') return later('addresses', title, addresses.why);
  if (addresses.kind === 'failed') {
    return missing('addresses', title, `${host} does not resolve: ${addresses.why}`, set);
  }
  if (addresses.foreign.length === 0) {
    return done('addresses', title, addresses.addresses.join(', '));
  }
  const foreign = addresses.foreign.join(', ');
  return missing('addresses', title, `${foreign} is not the platform's`, set);
}

/** Cloudflare renews 30 days before the end: with less than this left, a renewal has failed. */
const RENEWAL_DUE_DAYS = 14;
const DAY_MS = 86_400_000;

function certificateStep({ host, local, certificate, now }: Facts): Step {
  const title = 'the certificate';
  if (local) return notNeeded('certificate', title, 'not needed locally');
  if (certificate.kind === 'not_looked') return later('certificate', title, certificate.why);
  if (certificate.kind === 'failed') {
    return missing('certificate', title, `no TLS with ${host}: ${certificate.why}`, [
      'It is issued some minutes after the records are right; see the runbook for what to check.',
    ]);
  }
  const { refusal, validTo, issuer } = certificate;
  const days = Math.floor((validTo.getTime() - now.getTime()) / DAY_MS);
  if (refusal !== null) {
    return missing('certificate', title, `not valid for ${host}: ${refusal}`, [
      'Wait for the certificate to be issued, or look at its status in the dashboard.',
    ]);
  }
  const until = `for ${host} until ${validTo.toISOString().slice(0, 10)}, ${days} days, by ${issuer}`;
  const warning = days < RENEWAL_DUE_DAYS ? '; its renewal is overdue' : '';
  return done('certificate', title, until + warning);
}

function tradeStep({ way, shop }: Facts): Step {
  const title = 'the shop may trade';
  if (way === 'vanity') return notNeeded('trade', title, 'a vanity host sells nothing');
  if (shop === null) return later('trade', title, 'there is no such shop yet');
  return shop.mayTrade
    ? done('trade', title, 'says the registry')
    : missing('trade', title, 'the registry says that it may not', [
        'Let the shop trade in the registry first.',
      ]);
}
