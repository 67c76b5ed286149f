/** What every scenario asks of k6 alike. */
import type { ScenarioSettings } from './settings.ts';

/** The end of a journey that has begun is waited for so long. */
export const GRACEFUL_STOP = '120s';

export function baseOptions({ hosts }: ScenarioSettings) {
  return {
    hosts,
    systemTags: ['name', 'status', 'scenario'],
    // A buyer of their own, with a connection of their own, as browsers are.
    noVUConnectionReuse: true,
    noCookiesReset: false,
    setupTimeout: '60s',
    discardResponseBodies: false,
  };
}

export type Summary = { readonly metrics: Readonly<Record<string, object>> };

/** k6's thresholds, for the runner to read; nothing on stdout, which is for the samples. */
export function summaryOf({ summaryFile }: ScenarioSettings) {
  return (data: Summary): Record<string, string> => ({ [summaryFile]: JSON.stringify(data) });
}
