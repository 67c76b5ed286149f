/** Ordinary trade at every shop, for long. */
import { randomSeed, sleep } from 'k6';
import execution from 'k6/execution';
import { buy, NOTHING_UNEXPECTED } from './buyer.ts';
import { baseOptions, GRACEFUL_STOP, summaryOf } from './k6-options.ts';
import { readSettings } from './settings.ts';

const settings = readSettings();

export const options = {
  ...baseOptions(settings),
  scenarios: {
    soak: {
      executor: 'constant-vus',
      vus: settings.buyers,
      duration: `${settings.durationSeconds}s`,
      gracefulStop: GRACEFUL_STOP,
    },
  },
  thresholds: {
    ...NOTHING_UNEXPECTED,
    'outcomes{outcome:gave_up}': ['count==0'],
    'http_req_duration{name:checkout session}': ['p(99)<10000'],
    confirmed_ms: ['p(99)<30000'],
  },
};

export default async function soak(): Promise<void> {
  const { idInTest, iterationInScenario } = execution.vu;
  if (iterationInScenario === 0) randomSeed(settings.seed * 100_003 + idInTest);
  const shop = settings.shops[Math.floor(Math.random() * settings.shops.length)];
  const item = shop?.items[Math.floor(Math.random() * shop.items.length)];
  if (shop !== undefined && item !== undefined) await buy(settings, shop, item);
  sleep(0.5 + Math.random());
}

export const handleSummary = summaryOf(settings);
