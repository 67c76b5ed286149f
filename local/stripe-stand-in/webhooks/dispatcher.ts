import { Agent } from 'node:http';
import type { DeliveryRecord } from '../store/records.ts';
import type { Core } from '../work.ts';
import { postEvent } from './delivery-request.ts';
import type { RegisteredEndpoint } from './endpoints.ts';
import { createLanes, type Lanes } from './lanes.ts';

export interface Dispatcher {
  /** Holds deliveries back, new ones and retries; what is on the wire ends. */
  pause(): void;
  resume(): void;
  readonly paused: boolean;
  /** Sends an event again to every endpoint it went to, whether or not they had answered 2xx. */
  redeliver(eventId: string): void;
  /** Lets go the deliveries that a fault holds back as late; gives how many. */
  releaseLate(): number;
  stop(): void;
}

export interface DispatcherOptions {
  /** Waits after the first, second, … failed attempt, in milliseconds; after the last it gives up. */
  readonly retryScheduleMs: readonly number[];
  readonly attemptTimeoutMs: number;
  readonly log: (line: Record<string, unknown>) => void;
}

const CONCURRENCY = 16;

/** What the functions below share. */
interface Sending {
  readonly core: Core;
  readonly options: DispatcherOptions;
  readonly endpoints: ReadonlyMap<string, RegisteredEndpoint>;
  readonly agent: Agent;
  readonly lanes: Lanes;
  readonly timers: Set<NodeJS.Timeout>;
  readonly stopping: AbortController;
}

/**
 * Delivers the store's pending deliveries, those of former runs first, and each new one as its
 * transaction commits. Progress is in the store, so a restart neither forgets nor repeats an
 * attempt that was answered.
 */
export function startDispatcher(core: Core, options: DispatcherOptions): Dispatcher {
  const sending: Sending = {
    core,
    options,
    endpoints: new Map(core.endpoints.map((endpoint) => [endpoint.id, endpoint])),
    agent: new Agent({ keepAlive: true, maxSockets: CONCURRENCY }),
    lanes: createLanes(CONCURRENCY),
    timers: new Set(),
    stopping: new AbortController(),
  };
  for (const [id, delivery] of core.store.all('deliveries')) {
    if (delivery.state !== 'pending') continue;
    start(sending, id, delivery);
  }
  core.store.onCommit((changes) => {
    for (const { collection, id } of changes) {
      const delivery = collection === 'deliveries' ? core.store.get('deliveries', id) : undefined;
      if (delivery?.state === 'pending' && delivery.attempts === 0) start(sending, id, delivery);
    }
  });
  return {
    pause: sending.lanes.pause,
    resume: sending.lanes.resume,
    get paused() {
      return sending.lanes.paused;
    },
    redeliver: (eventId) => startAgain(core, eventId),
    releaseLate: () => releaseLate(core),
    stop() {
      sending.lanes.pause();
      sending.stopping.abort();
      for (const timer of sending.timers) clearTimeout(timer);
      sending.agent.destroy();
    },
  };
}

async function attempt(sending: Sending, deliveryId: string): Promise<void> {
  const { core, options, agent } = sending;
  const { signal } = sending.stopping;
  const delivery = core.store.get('deliveries', deliveryId);
  const endpoint = sending.endpoints.get(delivery?.endpointId ?? '');
  const event = core.store.get('events', delivery?.eventId ?? '')?.event;
  // A redelivery may have overtaken this attempt.
  if (signal.aborted || delivery?.state !== 'pending' || !endpoint || !event) return;
  const startedMs = performance.now();
  const body = JSON.stringify(event, null, 2);
  const timeoutMs = options.attemptTimeoutMs;
  const forged = delivery.forgedFirst === true && delivery.attempts === 0;
  const signed = forged ? { ...endpoint, secret: `${endpoint.secret}_of_another` } : endpoint;
  const result = await postEvent(signed, body, { agent, signal, timeoutMs });
  if (signal.aborted) return;
  const after = afterAttempt(delivery, result, options.retryScheduleMs);
  core.store.transact((tx) => tx.put('deliveries', deliveryId, after));
  if (after.state === 'pending') waitThenEnqueue(sending, deliveryId, after);
  options.log({
    event: 'webhook',
    eventId: event.id,
    type: event.type,
    endpoint: endpoint.url,
    attempt: after.attempts,
    status: result.status,
    error: result.error,
    state: after.state,
    latencyMs: Math.round(performance.now() - startedMs),
  });
}

/** Enqueues a delivery; one that waits for its next attempt, or that a fault delays, when its time has come. */
function start(sending: Sending, deliveryId: string, delivery: DeliveryRecord): void {
  if (delivery.attempts > 0 || delivery.outOfLane) waitThenEnqueue(sending, deliveryId, delivery);
  else enqueue(sending, deliveryId, delivery);
}

function enqueue(sending: Sending, deliveryId: string, delivery: DeliveryRecord): void {
  const lane = delivery.outOfLane
    ? deliveryId
    : (sending.core.store.get('events', delivery.eventId)?.lane ?? delivery.eventId);
  sending.lanes.add(`${delivery.endpointId} ${lane}`, () => attempt(sending, deliveryId));
}

function waitThenEnqueue(sending: Sending, deliveryId: string, delivery: DeliveryRecord): void {
  const waitMs = Math.max(0, delivery.nextAttemptAtMs - Date.now());
  const timer = setTimeout(() => {
    sending.timers.delete(timer);
    enqueue(sending, deliveryId, delivery);
  }, waitMs);
  timer.unref();
  sending.timers.add(timer);
}

function startAgain(core: Core, eventId: string): void {
  core.store.transact((tx) => {
    for (const [id, delivery] of tx.all('deliveries')) {
      if (delivery.eventId !== eventId) continue;
      const nextAttemptAtMs = Date.now();
      const again = { ...delivery, attempts: 0, forgedFirst: false, nextAttemptAtMs };
      tx.put('deliveries', id, { ...again, state: 'pending' });
    }
  });
}

function releaseLate(core: Core): number {
  return core.store.transact((tx) => {
    let released = 0;
    for (const [id, delivery] of tx.all('deliveries')) {
      if (delivery.state !== 'late') continue;
      tx.put('deliveries', id, { ...delivery, state: 'pending', nextAttemptAtMs: Date.now() });
      released += 1;
    }
    return released;
  });
}

function afterAttempt(
  delivery: DeliveryRecord,
  result: { status: number | null; error: string | null },
  retryScheduleMs: readonly number[],
): DeliveryRecord {
  const attempts = delivery.attempts + 1;
  const answered = result.status !== null && result.status >= 200 && result.status < 300;
  const waitMs = retryScheduleMs[attempts - 1];
  return {
    ...delivery,
    state: answered ? 'delivered' : waitMs === undefined ? 'abandoned' : 'pending',
    attempts,
    nextAttemptAtMs: Date.now() + (waitMs ?? 0),
    lastStatus: result.status,
    lastError: result.error,
  };
}
