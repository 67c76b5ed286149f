import type { Command } from '../command.ts';
import { sayWhose, WHOSE_OPTIONS } from '../say-whose.ts';

export const approveObject: Command = {
  name: 'objects approve',
  subject: 'SHOP STRIPE_ID',
  summary: "Approves another operator's proposal. Shows it; writes with --apply alone.",
  options: WHOSE_OPTIONS,
  more: `
Nobody approves a proposal of their own.

  npm run webhooks -- objects approve SHOP sub_1QaBcDeFgHiJkLmN --reason "Seen in the contract" --replay --apply`,
  run: (call) =>
    sayWhose(call, (ops, shopId, stripeId, body) => ops.approve(shopId, stripeId, body)),
};
