/** Rounds of deliveries: the same bytes to the service's own app and to the endpoint that inserts one row. */
import { ROW_POOL_SIZE, type WebhookRowSettings } from '../../reference/webhook-row.ts';
import type { Figures } from '../bench.ts';
import type { BenchDatabase } from '../cluster.ts';
import { type Forked, startForked } from '../forked.ts';
import type { HttpHostSettings } from '../holds/http-host.ts';
import { quantile } from '../statistics.ts';
import type { DeliveryReport, DriveOrder, Events, SignOrder, Way } from './orders.ts';
import type { Stage } from './stage.ts';

export type Deliveries = Forked<SignOrder | DriveOrder, DeliveryReport>;

export type Acknowledging = {
  round(way: Way, callers: number, seconds: number): Promise<Figures>;
  /** Sends these events to ours, and says how long that took, without the time to sign them. */
  deliver(
    events: Events,
    callers: number,
    perSecond?: number,
  ): Promise<{ readonly seconds: number }>;
  stop(): Promise<void>;
};

/** More than either side acknowledges on the machines that this runs on. A round that has sent them all ends early. */
const EVENTS_PER_SECOND = 6_000;
/** The service refuses what was signed a minute ago. */
const SIGNED_FOR_MS = 40_000;
/** So many are signed and sent before the next are. */
const CHUNK = 10_000;

type Signed = { readonly atMs: number; readonly seconds: number; readonly sentTo: Set<Way> };

export async function acknowledgingOn(
  stage: Stage,
  database: BenchDatabase,
  shops: number,
): Promise<Acknowledging> {
  const deliveries: Deliveries = await startForked('deliveries.ts', import.meta.url);
  const ports = { ours: await startOurs(stage), reference: await startReference(database) };
  let rounds = 0;
  let signed: Signed | undefined;
  const sign = (events: Events): Promise<unknown> =>
    deliveries.send({ kind: 'sign', gatewayPrivateKey: stage.gatewayPrivateKey, ...events });
  const signedFor = async (way: Way, seconds: number): Promise<Signed> => {
    const isFresh = signed !== undefined && performance.now() - signed.atMs < SIGNED_FOR_MS;
    if (signed !== undefined && isFresh && signed.seconds === seconds && !signed.sentTo.has(way))
      return signed;
    const atMs = performance.now();
    const count = Math.ceil(EVENTS_PER_SECOND * seconds);
    await sign({ round: `ack${rounds++}`, from: 0, count, shops, poisonedShops: 0 });
    signed = { atMs, seconds, sentTo: new Set() };
    return signed;
  };
  return {
    round: async (way, callers, seconds) => {
      (await signedFor(way, seconds)).sentTo.add(way);
      await stage.reset();
      const port = ports[way].ready;
      const report = await deliveries.send({
        kind: 'drive',
        port,
        callers,
        seconds,
        perSecond: null,
      });
      await expectStored(stage, way, report.distinct);
      return {
        eventsPerSecond: report.acknowledged / report.seconds,
        p99Ms: quantile([...report.allMs], 0.99),
        medianMs: quantile([...report.allMs], 0.5),
      };
    },
    deliver: async (events, callers, perSecond) => {
      signed = undefined;
      let seconds = 0;
      for (let from = 0; from < events.count; from += CHUNK) {
        const count = Math.min(CHUNK, events.count - from);
        await sign({ ...events, from: events.from + from, count });
        const { ready: port } = ports.ours;
        const order = { port, callers, seconds: null, perSecond: perSecond ?? null };
        seconds += (await deliveries.send({ kind: 'drive', ...order })).seconds;
      }
      return { seconds };
    },
    stop: async () => {
      for (const { stop } of [ports.ours, ports.reference, deliveries]) await stop();
    },
  };
}

/** @throws where the table has not what the callers were told: then the round was fast and wrong */
async function expectStored(stage: Stage, way: Way, distinct: number): Promise<void> {
  const stored = await stage.stored(way);
  if (stored !== distinct)
    throw new Error(`${way}: ${distinct} events were acknowledged, and ${stored} are stored`);
}

function startOurs({ serviceEnv }: Stage): Promise<Forked<never, never, number>> {
  const settings: HttpHostSettings = { way: 'ours', serviceEnv, naiveConnections: 0 };
  return startForked('../holds/http-host.ts', import.meta.url, {
    BENCH_HTTP_HOST: JSON.stringify(settings),
  });
}

function startReference({ platformUrl }: BenchDatabase): Promise<Forked<never, never, number>> {
  const settings: WebhookRowSettings = { databaseUrl: platformUrl, connections: ROW_POOL_SIZE };
  return startForked('../../reference/webhook-row.ts', import.meta.url, {
    WEBHOOK_ROW: JSON.stringify(settings),
  });
}
