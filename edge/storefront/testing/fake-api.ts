import type {
  AvailabilityItem,
  CheckoutSession,
  OrderStatus,
} from '@commerce/generated/public-v1/client/types.gen.ts';
import type { Page, Route } from 'playwright-core';

export const ORDER_ID = 'ord_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e';

/** What the page's calls are answered with, where the gateway and the stand-in would answer. Set it as a test goes. */
export type FakeApi = {
  /** Answers to checkout starts, first to last; the last one stays. `lost` cuts the connection. */
  starts: ('lost' | { status: number; body: unknown; headers?: Record<string, string> })[];
  status: OrderStatus;
  /** Units that there are, by variant key; a variant that is not named is unknown. `lost` cuts the connection. */
  stock: Readonly<Record<string, number>> | 'lost';
  /** What the page has sent. */
  calls: {
    what: 'start' | 'status' | 'cancel' | 'pay';
    key: string | null;
    attempt: string | null;
    body: unknown;
  }[];
};

/** Answers the calls of a page that leave the storefront; those to the storefront itself go through. */
export async function fakeApi(page: Page): Promise<FakeApi> {
  const api: FakeApi = { starts: [STARTED], status: 'processing', stock: {}, calls: [] };
  const note = (route: Route, what: FakeApi['calls'][number]['what']) => {
    const request = route.request();
    const { 'idempotency-key': key = null, 'x-attempt': attempt = null } = request.headers();
    api.calls.push({ what, key, attempt, body: request.postDataJSON() });
  };
  await page.route('**/api/checkout-session', async (route) => {
    note(route, 'start');
    const answer = api.starts.length > 1 ? api.starts.shift() : api.starts[0];
    if (answer === undefined || answer === 'lost') return route.abort();
    const { status, body, headers = {} } = answer;
    return route.fulfill({ status, headers, json: body });
  });
  await page.route('**/api/inventory/availability?*', async (route) => {
    if (api.stock === 'lost') return route.abort();
    const asked = new URL(route.request().url()).searchParams.getAll('variantKey');
    const { stock } = api;
    return route.fulfill({
      json: {
        items: asked.map((key) => availability(key, stock[key])),
        asOf: '2026-11-23T12:00:00Z',
      },
    });
  });
  await page.route('**/api/order-status?*', async (route) => {
    note(route, 'status');
    return route.fulfill({ json: order(api.status) });
  });
  await page.route('**/api/checkout-session/*/cancel', async (route) => {
    note(route, 'cancel');
    api.status = 'cancelled';
    return route.fulfill({ json: order(api.status) });
  });
  await page.route('**/_stand-in/sessions/*/pay', async (route) => {
    note(route, 'pay');
    return route.fulfill({ json: {}, headers: { 'access-control-allow-origin': '*' } });
  });
  return api;
}

function availability(variantKey: string, available: number | undefined): AvailabilityItem {
  if (available === undefined) return { variantKey, available: 0, status: 'unknown' };
  const status = available === 0 ? 'out_of_stock' : available <= 5 ? 'low_stock' : 'in_stock';
  return { variantKey, available, status };
}

function order(status: OrderStatus) {
  const finalized = status !== 'processing' && status !== 'needs_attention';
  return { orderId: ORDER_ID, status, disputed: false, finalized };
}

const SESSION: CheckoutSession = {
  orderId: ORDER_ID,
  checkoutSessionId: 'cs_test_1',
  clientSecret: 'cs_test_1_secret_2',
  holdId: 'hold_019a2f6e-5d3c-7b1a-9c4e-0f1a2b3c4d5e',
  holdExpiresAt: new Date(Date.now() + 30 * 60_000).toISOString(),
  amounts: {
    currency: 'EUR',
    subtotal: 2400,
    tax: 552,
    shipping: 490,
    discount: 0,
    deposit: 0,
    total: 3442,
  },
  accessToken: 'ct1.k.e30.AAAA',
};

export const STARTED = { status: 201, body: SESSION };
