import type { AnalyticsEngineDataset } from '@cloudflare/workers-types';

export type MetricName =
  /** KV and D1 gave no answer, and an older mapping was served. */
  | 'mapping_stale_if_error'
  /** One read of `store` (`kv`, `d1`) failed or took too long. */
  | 'mapping_lookup_failed'
  /** A mapping is in D1 and could not be put into KV. */
  | 'mapping_publish_failed'
  /** D1 was not asked, since the budget `for` unknown hosts, or for refreshes, was spent. */
  | 'mapping_over_budget'
  /** D1 was asked for a host: an unknown one, or to refresh a known one. */
  | 'mapping_d1_read'
  /** The node service gave no preview of stock, and an older one was served. */
  | 'preview_stale_if_error'
  | 'rate_limited'
  | 'rate_limit_failed';

export type MetricLabels = Readonly<Record<string, string | number>>;

export interface MetricsEnv {
  /** Analytics Engine; there is none on a developer's machine. */
  readonly METRICS?: AnalyticsEngineDataset | undefined;
}

/**
 * Counts one: a JSON log line, and where the binding exists a data point of Analytics Engine, whose index is the shop
 * (`shopId` of the labels, else `none`), whose first blob is the name, and whose other blobs are `label=value` in the
 * order of the labels' names. Never throws: no request fails because it could not be counted.
 */
export function count(env: MetricsEnv, name: MetricName, labels: MetricLabels = {}): void {
  console.log(JSON.stringify({ event: 'metric', name, ...labels }));
  const { shopId = 'none', ...others } = labels;
  const pairs = Object.entries(others).map(([label, value]) => `${label}=${value}`);
  try {
    env.METRICS?.writeDataPoint({
      indexes: [String(shopId)],
      blobs: [name, ...pairs.sort()],
      doubles: [1],
    });
  } catch (error) {
    console.error(JSON.stringify({ event: 'metric_failed', name, error: String(error) }));
  }
}
