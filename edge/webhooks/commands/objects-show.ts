import { JSON_LINES, shopFrom, stripeIdFrom } from '../arguments.ts';
import type { Command } from '../command.ts';
import { objectLines } from '../webhooks-text.ts';

export const showObject: Command = {
  name: 'objects show',
  subject: 'SHOP STRIPE_ID',
  summary: "Whether a Stripe object is this shop's, and who said so. Another owner is named.",
  options: { json: JSON_LINES },
  more: '  npm run webhooks -- objects show SHOP sub_1QaBcDeFgHiJkLmN',
  async run(call) {
    const shopId = shopFrom(call.subject);
    const stripeId = stripeIdFrom(call.subjects[1]);
    const object = await call.ops().object(shopId, stripeId);
    const lines = call.isSet('json') ? [JSON.stringify(object)] : objectLines(object);
    for (const line of lines) call.terminal.print(line);
    return 0;
  },
};
