import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The shop is a label of every one that has a shop, so that one shop on fire can be seen. */
export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    requests: new Counter({
      name: 'commerce_requests_total',
      help: 'Requests answered, by operation and status.',
      labelNames: ['shop', 'operation', 'family', 'status'] as const,
      registers,
    }),
    latency: new Histogram({
      name: 'commerce_request_seconds',
      help: 'Time to answer a request.',
      labelNames: ['shop', 'operation', 'family'] as const,
      buckets: BUCKETS_SECONDS,
      registers,
    }),
    ...stockAnswerMetrics(registers),
    ...allocatorMetrics(registers),
    stripeCalls: new Counter({
      name: 'commerce_stripe_calls_total',
      help: 'Calls to Stripe, by what is known of their outcome.',
      labelNames: ['shop', 'call', 'outcome'] as const,
      registers,
    }),
    ...webhookMetrics(registers),
    deadLetters: new Counter({
      name: 'commerce_dead_letters_total',
      help: 'Work that no retry will cure.',
      labelNames: ['shop', 'source', 'reason'] as const,
      registers,
    }),
    alerts: new Counter({
      name: 'commerce_alerts_total',
      help: "What a person must hear of; shop is empty where it is none's.",
      labelNames: ['kind', 'shop', 'reason'] as const,
      registers,
    }),
    jobs: new Counter({
      name: 'commerce_jobs_total',
      help: 'Jobs run, by outcome.',
      labelNames: ['shop', 'task', 'outcome'] as const,
      registers,
    }),
    needsAttention: new Counter({
      name: 'commerce_orders_needing_attention_total',
      help: 'Orders that a person must look at, by reason.',
      labelNames: ['shop', 'reason'] as const,
      registers,
    }),
  };
}

/** Of what buyers are told of stock, and whether trying again helped them. */
function stockAnswerMetrics(registers: Registry[]) {
  return {
    inventoryConflicts: new Counter({
      name: 'commerce_inventory_conflicts_total',
      help: 'Answers of the 409 inventory contract, by reason: inventory_busy among them.',
      labelNames: ['shop', 'operation', 'reason'] as const,
      registers,
    }),
    retriesSucceeded: new Counter({
      name: 'commerce_retries_succeeded_total',
      help: 'Requests that succeeded on a later try than the first, as their caller counts (X-Attempt).',
      labelNames: ['shop', 'operation'] as const,
      registers,
    }),
  };
}

/** Of the way of an event from Stripe's delivery to its end. Shop is empty while it is not known. */
function webhookMetrics(registers: Registry[]) {
  return {
    webhooks: new Counter({
      name: 'commerce_webhook_events_total',
      help: 'Webhook events, by what became of them, duplicates among them.',
      labelNames: ['shop', 'event_type', 'outcome'] as const,
      registers,
    }),
    webhookAcknowledgeSeconds: new Histogram({
      name: 'commerce_webhook_acknowledge_seconds',
      help: 'Time from a verified event to its being durable.',
      labelNames: ['endpoint'] as const,
      buckets: BUCKETS_SECONDS,
      registers,
    }),
    webhookBatchSize: new Histogram({
      name: 'commerce_webhook_batch_size',
      help: 'Events that one transaction of the inbox made durable.',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
      registers,
    }),
    webhookProcessingSeconds: new Histogram({
      name: 'commerce_webhook_processing_seconds',
      help: 'Time from an event being handed to its shop, when it is received as a rule, to its end.',
      labelNames: ['shop'] as const,
      buckets: [...BUCKETS_SECONDS, 30, 60, 300, 1_800],
      registers,
    }),
    webhookBacklog: new Gauge({
      name: 'commerce_webhook_backlog',
      help: 'Events that were received and are not finished.',
      labelNames: ['shop'] as const,
      registers,
    }),
    webhookBacklogAge: new Gauge({
      name: 'commerce_webhook_backlog_oldest_seconds',
      help: 'Age of the oldest event that was received and is not finished.',
      labelNames: ['shop'] as const,
      registers,
    }),
  };
}

/** Of the allocator: its queues, its batches, and what becomes of requests. */
function allocatorMetrics(registers: Registry[]) {
  return {
    allocations: new Counter({
      name: 'commerce_allocations_total',
      help: 'What became of requests to the allocator, inventory_busy among them.',
      labelNames: ['shop', 'action', 'outcome'] as const,
      registers,
    }),
    allocationSeconds: new Histogram({
      name: 'commerce_allocation_seconds',
      help: 'Time the allocator took.',
      labelNames: ['shop', 'action'] as const,
      buckets: BUCKETS_SECONDS,
      registers,
    }),
    allocationBatchSize: new Histogram({
      name: 'commerce_allocation_batch_size',
      help: 'Requests that one transaction of the allocator decided.',
      labelNames: ['shop'] as const,
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
      registers,
    }),
    allocationQueueSeconds: new Histogram({
      name: 'commerce_allocation_queue_seconds',
      help: 'Time a request waited for its batch to begin.',
      labelNames: ['shop'] as const,
      buckets: BUCKETS_SECONDS,
      registers,
    }),
    allocationLockTimeouts: new Counter({
      name: 'commerce_allocation_lock_timeouts_total',
      help: 'Batches that gave up waiting for rows that others held.',
      labelNames: ['shop'] as const,
      registers,
    }),
  };
}

/** Serves the Prometheus text at /metrics on a port of its own, which no shop's traffic can reach. */
export async function serveMetrics(
  metrics: Metrics,
  port: number,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    const text = await metrics.registry.metrics();
    response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
