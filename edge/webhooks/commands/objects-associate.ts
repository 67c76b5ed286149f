import type { Command } from '../command.ts';
import { sayWhose, WHOSE_OPTIONS } from '../say-whose.ts';

export const associateObject: Command = {
  name: 'objects associate',
  subject: 'SHOP STRIPE_ID',
  summary: 'Says which shop a Stripe object is of, for good. Shows it; writes with --apply alone.',
  options: WHOSE_OPTIONS,
  more: `
Events that name the object are this shop's from then on. An object never changes its shop. Where the platform asks for
four eyes this is a proposal, and another operator approves it.

  npm run webhooks -- objects associate SHOP sub_1QaBcDeFgHiJkLmN --reason "Its contract, in the old system" --replay --apply`,
  run: (call) =>
    sayWhose(call, (ops, shopId, stripeId, body) => ops.associate(shopId, stripeId, body)),
};
