import { requestHost } from './host-request.ts';
import type { DemoShop } from './keys.ts';

export type MapHosts = {
  /** `http://127.0.0.1:<port>` of the front door. */
  frontDoor: string;
  /** The control host with its port, for the Host header. */
  controlHost: string;
  operatorToken: string;
  shops: readonly DemoShop[];
};

/**
 * Maps each demo shop's host to its shop, as an operator would. A host that is mapped already is left as it is: what
 * somebody tried out on this platform survives a restart. Throws with the front door's answer when it refuses.
 */
export async function mapDemoHosts({
  frontDoor,
  controlHost,
  operatorToken,
  shops,
}: MapHosts): Promise<void> {
  const call = (method: string, host: string, body?: object) =>
    requestHost({
      origin: frontDoor,
      host: controlHost,
      method,
      path: `/ops/v1/hosts/${encodeURIComponent(host)}`,
      headers: {
        authorization: `Bearer ${operatorToken}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  for (const { id, host } of shops) {
    if ((await call('GET', host)).status === 200) continue;
    const answer = await call('PUT', host, {
      shopId: id,
      canonicalHost: host,
      kind: 'canonical',
      mode: 'active',
      defaultLocale: 'en',
      locales: ['en'],
      reason: 'Demo shop of a local platform',
    });
    if (answer.status >= 300) {
      throw new Error(`mapping ${host} to shop ${id} failed with ${answer.status}: ${answer.text}`);
    }
  }
}
