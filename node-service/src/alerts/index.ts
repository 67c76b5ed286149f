import type { Deps } from '../deps.ts';
import { deliverAlerts } from './deliver-alerts.ts';
import { rollUpAlerts } from './roll-up-alerts.ts';
import { watchWebhooks } from './watch-webhooks.ts';

export { deliverAlerts } from './deliver-alerts.ts';
export {
  type Alert,
  type AlertKind,
  noteAlert,
  raiseAlert,
  raiseShopAlert,
} from './raise-alert.ts';
export { rollUpAlerts } from './roll-up-alerts.ts';
export { RUNBOOKS } from './runbooks.ts';
export { watchWebhooks } from './watch-webhooks.ts';

/** A platform loop: looks for what is alarming, adds up what was raised, and delivers what is due. */
export async function tellAlerts(
  deps: Pick<Deps, 'db' | 'config' | 'metrics' | 'log' | 'killPoint'>,
): Promise<void> {
  await watchWebhooks(deps);
  await rollUpAlerts(deps);
  await deliverAlerts(deps);
}
