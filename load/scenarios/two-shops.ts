/** Normal trade at one shop, alone first and then with a sale at the other. The runner compares the two. */
import { randomSeed } from 'k6';
import execution from 'k6/execution';
import { buy, NOTHING_UNEXPECTED } from './buyer.ts';
import { baseOptions, GRACEFUL_STOP, summaryOf } from './k6-options.ts';
import { twoShopsPlan, WARM_UP_SECONDS } from './phases.ts';
import { readSettings, type ShopTarget, shopAt } from './settings.ts';

const settings = readSettings();
const busy = shopAt(settings, 0);
const quiet = shopAt(settings, 1);

const QUIET_BUYERS_A_SECOND = 3;

const { durationSeconds: seconds } = settings;
const quietTrade = {
  executor: 'constant-arrival-rate',
  exec: 'trade',
  rate: QUIET_BUYERS_A_SECOND,
  timeUnit: '1s',
  preAllocatedVUs: 40,
  maxVUs: 200,
  gracefulStop: GRACEFUL_STOP,
} as const;
const { alone, together } = twoShopsPlan(seconds);

export const options = {
  ...baseOptions(settings),
  scenarios: {
    'warm-up': { ...quietTrade, duration: `${WARM_UP_SECONDS}s` },
    'quiet-alone': { ...quietTrade, startTime: `${alone}s`, duration: `${seconds}s` },
    'quiet-with-sale': { ...quietTrade, startTime: `${together}s`, duration: `${seconds}s` },
    sale: {
      executor: 'constant-arrival-rate',
      exec: 'sale',
      // All of them come while the quiet shop is watched.
      rate: settings.buyers,
      timeUnit: `${seconds}s`,
      duration: `${seconds}s`,
      startTime: `${together}s`,
      preAllocatedVUs: Math.min(settings.buyers, 200),
      maxVUs: settings.buyers,
      gracefulStop: GRACEFUL_STOP,
    },
  },
  thresholds: {
    ...NOTHING_UNEXPECTED,
    [`outcomes{outcome:gave_up,shop:${quiet.shopId}}`]: ['count==0'],
    'http_req_duration{name:checkout session}': ['p(99)<30000'],
  },
};

async function buyAny(shop: ShopTarget): Promise<void> {
  const item = shop.items[Math.floor(Math.random() * shop.items.length)];
  if (item !== undefined) await buy(settings, shop, item);
}

function seed(): void {
  randomSeed(settings.seed * 100_003 + execution.scenario.iterationInTest);
}

export async function trade(): Promise<void> {
  seed();
  await buyAny(quiet);
}

export async function sale(): Promise<void> {
  seed();
  const [hot] = busy.items;
  if (hot !== undefined) await buy(settings, busy, hot);
}

export const handleSummary = summaryOf(settings);
