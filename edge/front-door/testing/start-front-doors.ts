import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Miniflare, type WorkerOptions } from 'miniflare';
import { applyMigrations } from '../../../local/d1-migrations.ts';
import { COMPATIBILITY_DATE, workerSettings } from '../../../local/edge.ts';
import { freePort } from '../../../local/free-port.ts';
import { type HostRequest, type HostResponse, requestHost } from '../../../local/host-request.ts';
import { type RecordingOrigin, startRecordingOrigin } from '../../../local/recording-origin.ts';
import { bundleWorker } from '../../bundle.ts';
import type { Outage } from './outage.worker.ts';
import { answerAsShops, SHOP_IDS } from './shops-origin.ts';

const OPERATOR_TOKEN = 'ct1.test.operator.token';

/**
 * One deployment in two isolates, as in two of Cloudflare's places: two front doors with a memory of their own, and
 * one D1, one KV, one gateway and one storefront behind them.
 */
export interface RunningFrontDoors {
  readonly origin: RecordingOrigin;
  readonly logLines: string[];
  /** @param place 0 or 1 */
  call(
    place: number,
    host: string,
    request: Omit<HostRequest, 'origin' | 'host'>,
  ): Promise<HostResponse>;
  /** Maps a host as an operator does, in place 0: canonical, active, English and German. Gives its version. */
  map(host: string, shopId: string): Promise<number>;
  /** From now on, in both places. */
  stop(outage: Outage): Promise<void>;
  dispose(): Promise<void>;
}

export async function startFrontDoors(): Promise<RunningFrontDoors> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const gatewayKeyId = 'test-1';
  const origin = await startRecordingOrigin({
    gatewayKeyId,
    gatewayPublicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    operatorToken: OPERATOR_TOKEN,
    shopIds: SHOP_IDS,
  });
  origin.answerWith(answerAsShops);
  const ports = [await freePort(), await freePort()];
  const settings = workerSettings(
    {
      port: 0,
      nodeOrigin: origin.url,
      gatewayKeyId,
      gatewayPrivateKey: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
      cartKeys: [{ keyId: 'c1', secret: randomBytes(32).toString('base64') }],
    },
    ports[0] ?? 0,
  );
  const logLines: string[] = [];
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    cf: false,
    handleRuntimeStdio: (stdout: Readable, stderr: Readable) => {
      for (const input of [stdout, stderr]) {
        createInterface({ input }).on('line', (line) => logLines.push(line));
      }
    },
    workers: await workersOf(settings, ports),
  });
  await miniflare.ready;
  const database = await miniflare.getD1Database('HOSTS_DB', 'front-door-0');
  await applyMigrations(database, fileURLToPath(new URL('../migrations', import.meta.url)));
  const call: RunningFrontDoors['call'] = (place, host, request) =>
    requestHost({ ...request, host, origin: `http://127.0.0.1:${ports[place]}` });
  return {
    origin,
    logLines,
    call,
    map: (host, shopId) => map(call, host, shopId),
    async stop(outage) {
      for (const place of ports.keys()) {
        await call(place, 'outage', { method: 'PUT', path: '/', body: JSON.stringify(outage) });
      }
    },
    async dispose() {
      await miniflare.dispose();
      await origin.stop();
    },
  };
}

async function workersOf(
  settings: ReturnType<typeof workerSettings>,
  ports: readonly number[],
): Promise<WorkerOptions[]> {
  const script = (entry: string) => bundleWorker(fileURLToPath(new URL(entry, import.meta.url)));
  const worker = (name: string, contents: string, bound: object) => ({
    name,
    modules: [{ type: 'ESModule' as const, path: `${name}.js`, contents }],
    compatibilityDate: COMPATIBILITY_DATE,
    ...bound,
  });
  const frontDoor = await script('./outage.worker.ts');
  return [
    ...ports.map((port, place) => ({
      ...worker(`front-door-${place}`, frontDoor, settings['front-door']),
      unsafeDirectSockets: [{ host: '127.0.0.1', port }],
    })),
    worker('gateway', await script('../../gateway/worker.ts'), settings.gateway),
    worker('storefront', await script('../../storefront/worker.ts'), settings.storefront),
  ];
}

async function map(call: RunningFrontDoors['call'], host: string, shopId: string): Promise<number> {
  const path = `/ops/v1/hosts/${host}`;
  const authorization = `Bearer ${OPERATOR_TOKEN}`;
  const present = await call(0, 'ops.localhost', { path, headers: { authorization } });
  const answer = await call(0, 'ops.localhost', {
    method: 'PUT',
    path,
    headers: {
      authorization,
      'content-type': 'application/json',
      ...(present.status === 200 ? { 'if-match': String(present.headers.etag) } : {}),
    },
    body: JSON.stringify({
      shopId,
      canonicalHost: host,
      kind: 'canonical',
      mode: 'active',
      defaultLocale: 'en',
      locales: ['en', 'de'],
      reason: 'A test',
    }),
  });
  if (answer.status !== 200) throw new Error(`${host}: ${answer.status} ${answer.text}`);
  return (JSON.parse(answer.text) as { version: number }).version;
}
