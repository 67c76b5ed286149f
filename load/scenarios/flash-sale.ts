/** One hot SKU, and everybody comes within seconds. */
import { randomSeed, sleep } from 'k6';
import execution from 'k6/execution';
import { buy, NOTHING_UNEXPECTED } from './buyer.ts';
import { baseOptions, GRACEFUL_STOP, summaryOf } from './k6-options.ts';
import { readSettings, shopAt } from './settings.ts';

const settings = readSettings();
const shop = shopAt(settings, 0);

export const options = {
  ...baseOptions(settings),
  scenarios: {
    sale: {
      executor: 'per-vu-iterations',
      vus: settings.buyers,
      iterations: 1,
      maxDuration: `${settings.durationSeconds + 600}s`,
      gracefulStop: GRACEFUL_STOP,
    },
  },
  thresholds: {
    ...NOTHING_UNEXPECTED,
    'outcomes{outcome:gave_up}': [`count<=${Math.ceil(settings.buyers * 0.05)}`],
    'http_req_duration{name:checkout session}': ['p(99)<30000'],
    confirmed_ms: ['p(99)<60000'],
  },
};

export default async function sale(): Promise<void> {
  const { idInTest } = execution.vu;
  randomSeed(settings.seed * 100_003 + idInTest);
  sleep(Math.random() * settings.durationSeconds);
  const [hot] = shop.items;
  if (hot !== undefined) await buy(settings, shop, hot);
}

export const handleSummary = summaryOf(settings);
