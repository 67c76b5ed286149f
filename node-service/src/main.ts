/** The HTTP service: read the configuration, build, listen, drain. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp } from './app.ts';
import { buildDeps } from './build-deps.ts';
import { readConfig } from './config.ts';
import { serveMetrics } from './platform/metrics.ts';
import { onShutdown, start } from './shutdown.ts';

const KEEP_ALIVE_MS = 120_000;

await start(async () => {
  const config = readConfig();
  const deps = await buildDeps(config, 'node-service');
  const server = createServer((await createApp(deps)).callback());
  // Longer than the gateway keeps a connection that nothing is asked on: whoever closes first breaks what the other sends.
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const metrics = await serveMetrics(deps.metrics, config.metricsPort);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: config.port, host: config.host }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  deps.log.info('listening', { port, metricsPort: metrics.port });
  onShutdown(deps.log, async () => {
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeIdleConnections();
    });
    await metrics.close();
    await deps.db.close();
  });
});
