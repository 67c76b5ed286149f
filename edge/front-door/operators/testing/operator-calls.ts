import type { HostHistory, HostMapping } from '@commerce/generated/ops-v1/client/types.gen.ts';
import type { EdgeAnswer, TestEdge } from '../../../../local/test-edge.ts';

type Headers = Readonly<Record<string, string>>;

/** What an operator does at the control host, as `curl` would. */
export interface OperatorCalls {
  ask(path: string, method?: string, headers?: Headers): Promise<EdgeAnswer>;
  /** Defaults: a canonical host of aurora, active, English. `query` with its question mark. */
  put(host: string, settings?: object, headers?: Headers, query?: string): Promise<EdgeAnswer>;
  remove(host: string, headers?: Headers, query?: string): Promise<EdgeAnswer>;
  /** The mapping, or null. */
  get(host: string): Promise<HostMapping | null>;
  history(host: string, query?: string): Promise<HostHistory>;
}

export function operatorCalls(edge: () => TestEdge): OperatorCalls {
  const control = (path: string, method: string, headers: Headers, body?: string) =>
    edge().call('ops.localhost', path, {
      method,
      headers: { authorization: `Bearer ${edge().operatorToken}`, ...headers },
      ...(body === undefined ? {} : { body }),
    });
  const ask: OperatorCalls['ask'] = (path, method = 'GET', headers = {}) =>
    control(path, method, headers);
  return {
    ask,
    put: (host, settings = {}, headers = {}, query = '') =>
      control(
        `/ops/v1/hosts/${host}${query}`,
        'PUT',
        { 'content-type': 'application/json', ...headers },
        JSON.stringify({
          shopId: 'aurora',
          canonicalHost: host,
          kind: 'canonical',
          mode: 'active',
          defaultLocale: 'en',
          locales: ['en'],
          reason: 'Because of a test',
          ...settings,
        }),
      ),
    remove: (host, headers = {}, query = '?reason=It+is+over') =>
      ask(`/ops/v1/hosts/${host}${query}`, 'DELETE', headers),
    async get(host) {
      const answer = await ask(`/ops/v1/hosts/${host}`);
      return answer.status === 404 ? null : (answer.json() as unknown as HostMapping);
    },
    async history(host, query = '') {
      const answer = await ask(`/ops/v1/hosts/${host}/history${query}`);
      if (answer.status !== 200) throw new Error(`history of ${host}: ${answer.text}`);
      return answer.json() as unknown as HostHistory;
    },
  };
}

export function ifMatch(version: number): Headers {
  return { 'if-match': `"${version}"` };
}
