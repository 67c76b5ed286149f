/** Rounds over HTTP: the service's app in processes of its own, the load in another, the same requests to every side. */
import { prefixedId, uuidV7 } from '@commerce/contracts/vocabulary/ids.ts';
import { NAIVE_POOL_SIZE } from '../../reference/naive-hold.ts';
import type { Figures } from '../bench.ts';
import { type Forked, startForked } from '../forked.ts';
import { quantile } from '../statistics.ts';
import type { HttpHostSettings } from './http-host.ts';
import {
  type DriveOrder,
  END_EVERY,
  type End,
  type HttpReport,
  type HttpWay,
  type SignOrder,
} from './http-orders.ts';
import { paymentReference } from './orders.ts';
import { expectAddsUp, type Stage } from './stage.ts';
import type { Load } from './use-cases.ts';

export type OverHttp = {
  round(way: HttpWay, load: Load): Promise<Figures>;
  stop(): Promise<void>;
};

type LoadProcess = Forked<SignOrder | DriveOrder, HttpReport>;
type Host = Forked<never, never, number>;
/** Requests that are signed, and who has been sent them already. */
type Signed = { readonly signedAtMs: number; readonly ends: End[]; readonly sentTo: Set<HttpWay> };

/** More than the service answers on the machines that this runs on. A round that has sent them all ends early. */
const REQUESTS_PER_SECOND = 3_500;
/** The service refuses what was signed a minute ago. */
const SIGNED_FOR_MS = 40_000;

export async function overHttpOn(stage: Stage): Promise<OverHttp> {
  const load: LoadProcess = await startForked('http-load.ts', import.meta.url);
  const hosts = new Map<string, Promise<Host[]>>();
  const pools = new Map<string, Signed>();
  const hostsOf = (way: HttpWay, processes: number): Promise<Host[]> => {
    const id = `${way} ${processes}`;
    const known = hosts.get(id);
    if (known !== undefined) return known;
    const started = Promise.all(
      Array.from({ length: processes }, () => startHost(stage, way, processes)),
    );
    hosts.set(id, started);
    return started;
  };
  const signedFor = async (way: HttpWay, { skus, seconds }: Load): Promise<Signed> => {
    const id = `${skus} ${seconds}`;
    const known = pools.get(id);
    const isFresh = known !== undefined && performance.now() - known.signedAtMs < SIGNED_FOR_MS;
    if (isFresh && !known.sentTo.has(way)) return known;
    pools.clear();
    const requests = Math.ceil(REQUESTS_PER_SECOND * seconds);
    const signed = { ...(await sign(stage, load, requests, skus)), sentTo: new Set<HttpWay>() };
    pools.set(id, signed);
    return signed;
  };
  return {
    round: async (way, settings) => {
      const { callers, processes, seconds } = settings;
      const ports = (await hostsOf(way, processes)).map(({ ready }) => ready);
      const signed = await signedFor(way, settings);
      signed.sentTo.add(way);
      await stage.reset();
      await stage.hold(signed.ends.map(({ holdId }) => holdId));
      const before = await stage.levels(way === 'naive' ? 'naive' : 'ours');
      const report = await load.send({ kind: 'drive', ports, callers, seconds });
      if (way !== 'memory') expectAddsUp(way, before, await stage.levels(way), report);
      return figuresOf(report);
    },
    stop: async () => {
      for (const group of hosts.values()) for (const host of await group) await host.stop();
      await load.stop();
    },
  };
}

async function sign(
  stage: Stage,
  load: LoadProcess,
  requests: number,
  skus: number,
): Promise<Omit<Signed, 'sentTo'>> {
  const count = Math.floor(requests / END_EVERY);
  const payments = await stage.payments(Math.ceil(count / 2));
  const ends = Array.from({ length: count }, (_, index): End => {
    const random = crypto.getRandomValues(new Uint8Array(10));
    const payment = index % 2 === 0 ? paymentReference(payments.from + index / 2) : null;
    return {
      holdId: prefixedId('hold', uuidV7(Date.now(), random)),
      paymentReference: payment,
    };
  });
  const signedAtMs = performance.now();
  const { gatewayPrivateKey: privateKey } = stage;
  await load.send({ kind: 'sign', privateKey, requests, skus, ends });
  return { signedAtMs, ends };
}

function startHost(stage: Stage, way: HttpWay, processes: number): Promise<Host> {
  const settings: HttpHostSettings = {
    way,
    serviceEnv: stage.serviceEnv,
    naiveConnections: Math.ceil(NAIVE_POOL_SIZE / processes),
  };
  return startForked('http-host.ts', import.meta.url, {
    BENCH_HTTP_HOST: JSON.stringify(settings),
  });
}

function figuresOf({ created, committed, released, busy, seconds, allMs }: HttpReport): Figures {
  const done = created + committed + released;
  return {
    requestsPerSecond: done / seconds,
    p99Ms: quantile([...allMs], 0.99),
    busyPerThousand: (1_000 * busy) / (done + busy),
  };
}
