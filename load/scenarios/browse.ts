/** Many look, and nobody buys: the preview, and whether a cart could be bought. */
import { randomSeed, sleep } from 'k6';
import execution from 'k6/execution';
import { Counter } from 'k6/metrics';
import { make } from './call.ts';
import { baseOptions, GRACEFUL_STOP, summaryOf } from './k6-options.ts';
import { readSettings } from './settings.ts';

const settings = readSettings();
const unexpected = new Counter('unexpected_answers');

/** Keys of one preview, as on a page of products. */
const MAX_KEYS = 8;
const VALIDATES = 0.3;

export const options = {
  ...baseOptions(settings),
  scenarios: {
    browse: {
      executor: 'constant-vus',
      vus: settings.buyers,
      duration: `${settings.durationSeconds}s`,
      gracefulStop: GRACEFUL_STOP,
    },
  },
  thresholds: {
    unexpected_answers: ['count==0'],
    'http_req_duration{name:preview}': ['p(99)<5000'],
    'http_req_duration{name:validate}': ['p(99)<10000'],
  },
};

export default async function browse(): Promise<void> {
  const { idInTest, iterationInScenario } = execution.vu;
  if (iterationInScenario === 0) randomSeed(settings.seed * 100_003 + idInTest);
  unexpected.add(0);
  const shop = settings.shops[Math.floor(Math.random() * settings.shops.length)];
  if (shop === undefined) return;
  const { origin, shopId } = shop;
  const first = Math.floor(Math.random() * shop.items.length);
  const items = shop.items.slice(first, first + 1 + Math.floor(Math.random() * MAX_KEYS));
  const keys = items.map(({ variantKey }) => `variantKey=${encodeURIComponent(variantKey)}`);
  const answers = [
    await make({
      step: 'preview',
      shopId,
      method: 'GET',
      url: `${origin}/api/inventory/availability?${keys.join('&')}`,
      safeToRepeat: true,
    }),
  ];
  if (Math.random() < VALIDATES) {
    const lines = items.map(({ sku, variantAttributes }) => ({
      sku,
      variantAttributes,
      quantity: 1,
    }));
    answers.push(
      await make({
        step: 'validate',
        shopId,
        method: 'POST',
        url: `${origin}/api/inventory/validate`,
        body: { items: lines },
        safeToRepeat: true,
        saysAttempt: true,
      }),
    );
  }
  for (const { status, body } of answers) {
    if (status === 200 || body.code === 'inventory_insufficient') continue;
    unexpected.add(1, { shop: shopId });
    console.error(`${shopId}: ${status} ${JSON.stringify(body).slice(0, 300)}`);
  }
  sleep(0.2 + Math.random() * 0.8);
}

export const handleSummary = summaryOf(settings);
