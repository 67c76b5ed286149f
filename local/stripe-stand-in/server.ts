import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createFaults } from './api/faults.ts';
import { type Api, handleApiRequest } from './api/handle.ts';
import { createInFlightKeys, forgetOldKeys } from './api/idempotency.ts';
import { createRequestLog } from './api/request-log.ts';
import { createRouter } from './api/router.ts';
import { expireIfIncomplete } from './billing/end-subscription.ts';
import { handleControlRequest } from './control/handle.ts';
import type { Control } from './control/route.ts';
import { sendIndexPage, sendNotFoundPage, sendPayPage } from './pages.ts';
import { bookCharge } from './payments/book-charge.ts';
import { expireIfOpen } from './payments/expire.ts';
import { operations } from './resources/operations.ts';
import { startScheduler } from './store/scheduler.ts';
import { openStore } from './store/store.ts';
import { createDeliveryFaults } from './webhooks/delivery-faults.ts';
import { startDispatcher } from './webhooks/dispatcher.ts';
import { registerEndpoints, type WebhookEndpoint } from './webhooks/endpoints.ts';
import { retrySchedule } from './webhooks/retry-schedule.ts';
import type { Core } from './work.ts';

export type { EndpointKind, WebhookEndpoint } from './webhooks/endpoints.ts';

export interface StripeStandInOptions {
  /** On 127.0.0.1; 0 takes a free one. */
  port: number;
  /** Where the journal is kept, so that a restart goes on where it was; in memory alone without it. */
  dataDir?: string;
  endpoints: readonly WebhookEndpoint[];
  /** The one secret key accepted; any `sk_test_…` without it. */
  apiKey?: string;
  /** Waits between attempts to deliver an event, in milliseconds; 0.5 s doubling to 30 s, for an hour. */
  retryScheduleMs?: readonly number[];
  /** Unix milliseconds. Governs timestamps and what is due; deliveries keep real time. */
  clock?: () => number;
  /** How long after a payment its balance transaction appears; 1,500 ms. */
  balanceDelayMs?: number;
  /** Gets one object per request and per delivery attempt; nothing is logged without it. */
  log?: (line: Record<string, unknown>) => void;
}

export interface StripeStandIn {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  /** Cuts what is open and ends; what was answered is in the journal. */
  stop(): Promise<void>;
}

const ATTEMPT_TIMEOUT_MS = 20_000;

/**
 * Starts a server that speaks Stripe's API as the SDK's pinned version has it, signs and delivers
 * webhooks, and is steered by the control API under `/_stand-in/`. Rejects where the port is taken
 * or the journal cannot be read.
 */
export async function startStripeStandIn(options: StripeStandInOptions): Promise<StripeStandIn> {
  const log = options.log ?? (() => undefined);
  const endpoints = registerEndpoints(options.endpoints);
  // The port comes first: a second stand-in on it must fail before it touches the journal.
  const server = createServer();
  // Longer than any client keeps an idle connection, so that none is closed under a request.
  server.keepAliveTimeout = 75_000;
  const port = await listen(server, options.port);
  const url = `http://127.0.0.1:${port}`;
  const settings = { publicUrl: url, balanceDelayMs: options.balanceDelayMs ?? 1_500 };
  const store = await openStoreOrClose(server, options.dataDir);
  const stopping = new AbortController();
  const core: Core = {
    store,
    clock: options.clock ?? Date.now,
    endpoints,
    deliveryFaults: createDeliveryFaults(),
    settings,
  };
  forgetOldKeys(store, core.clock());
  const scheduler = startScheduler(core, {
    expire_session: expireIfOpen,
    book_charge: bookCharge,
    expire_subscription: expireIfIncomplete,
  });
  const dispatcher = startDispatcher(core, {
    retryScheduleMs: options.retryScheduleMs ?? retrySchedule(),
    attemptTimeoutMs: ATTEMPT_TIMEOUT_MS,
    log,
  });
  const api: Api = {
    core,
    router: createRouter(operations),
    scheduler,
    faults: createFaults(),
    inFlight: createInFlightKeys(),
    requests: createRequestLog(),
    apiKey: options.apiKey,
    stopping: stopping.signal,
    log,
  };
  server.on('request', (request, response) => answer({ api, dispatcher }, request, response));
  return {
    url,
    port,
    async stop() {
      if (stopping.signal.aborted) return;
      stopping.abort();
      scheduler.stop();
      dispatcher.stop();
      await close(server);
      store.close();
    },
  };
}

function answer(control: Control, request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '').split('?')[0] ?? '';
  if (path.startsWith('/_stand-in/')) {
    void handleControlRequest(control, request, response);
  } else if (path === '/v1' || path.startsWith('/v1/')) {
    void handleApiRequest(control.api, request, response);
  } else if (path === '/') {
    sendIndexPage(response);
  } else if (path.startsWith('/c/pay/')) {
    const id = path.slice('/c/pay/'.length);
    sendPayPage(response, control.api.core.store.get('sessions', id)?.session);
  } else {
    sendNotFoundPage(response, `There is no page ${path}.`);
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no port'));
      else resolve(address.port);
    });
  });
}

async function openStoreOrClose(server: Server, dataDir: string | undefined) {
  try {
    return openStore(dataDir);
  } catch (error) {
    await close(server);
    throw error;
  }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
