/** Verifying a gateway call by the published implementation, `http-message-sig`, as it is meant to be used. */
import {
  contentDigest,
  coveredComponents,
  MAX_SKEW_SECONDS,
  type ReceivedRequest,
  SIGNATURE_LABEL,
} from '@commerce/contracts/vocabulary/gateway-signature.ts';
import { verifySignature, webcrypto } from 'http-message-sig';

/** Throws for a request that is not to be trusted. */
export async function verifyByLibrary(
  { method, url, headers, body }: ReceivedRequest,
  publicKeys: ReadonlyMap<string, CryptoKey>,
  now: Date,
): Promise<void> {
  const fields = [...headers].map(([name, value]) => ({ name, value }));
  const message = { kind: 'request', method, targetUri: url, fields } as const;
  await verifySignature(message, {
    label: SIGNATURE_LABEL,
    policy: {
      algorithms: ['ed25519'],
      requiredComponents: coveredComponents(headers),
      requiredParameters: ['created', 'keyid'],
      now: Math.floor(now.getTime() / 1000),
      clockSkew: MAX_SKEW_SECONDS,
      maxAge: 0,
    },
    resolveVerifier({ parameters }) {
      const key = publicKeys.get(parameters.keyid ?? '');
      if (key === undefined) throw new Error('unknown key');
      return webcrypto.verifier(key);
    },
  });
  if (body === null) return;
  if (headers.get('content-digest') !== (await contentDigest(body))) throw new Error('digest');
}
