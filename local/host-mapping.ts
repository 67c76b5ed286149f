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

/** Each shop's own language and German, the default first. */
const DEMO_LOCALES: Readonly<Record<string, readonly [string, string]>> = {
  aurora: ['en-IE', 'de-DE'],
  borealis: ['en-US', 'de-DE'],
};
const OTHER_LOCALES = ['en-IE', 'de-DE'] as const;

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
    const locales = DEMO_LOCALES[id] ?? OTHER_LOCALES;
    const answer = await call('PUT', host, {
      shopId: id,
      canonicalHost: host,
      kind: 'canonical',
      mode: 'active',
      defaultLocale: locales[0],
      locales,
      reason: 'Demo shop of a local platform',
    });
    if (answer.status >= 300) {
      throw new Error(`mapping ${host} to shop ${id} failed with ${answer.status}: ${answer.text}`);
    }
  }
}
