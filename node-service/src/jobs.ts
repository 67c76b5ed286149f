/** The jobs process: read the configuration, build, work, drain. */
import { buildDeps } from './build-deps.ts';
import { readConfig } from './config.ts';
import { startLoops } from './jobs/loops.ts';
import { startWorker } from './jobs/worker.ts';
import { serveMetrics } from './platform/metrics.ts';
import { onShutdown, start } from './shutdown.ts';

await start(async () => {
  const config = readConfig();
  const deps = await buildDeps(config, 'jobs');
  const metrics = await serveMetrics(deps.metrics, config.metricsPort);
  const worker = await startWorker(deps);
  const loops = startLoops(deps, worker.lockNames);
  deps.log.info('working', { metricsPort: metrics.port });
  onShutdown(deps.log, async () => {
    // Its jobs are taken for a dead worker's when the heartbeat ends before they do.
    await worker.stop();
    await loops.stop();
    await metrics.close();
    await deps.db.close();
  });
});
