import {
  type GatewayKey,
  type ReceivedRequest,
  signGatewayRequest,
  verifyGatewayRequest,
} from '@commerce/contracts/vocabulary/gateway-signature.ts';
import { type HmacKey, signByHmac, verifyByHmac } from '../reference/hmac-signature.ts';
import type { Case, Prepared } from './bench.ts';

const now = new Date();
const context = {
  'x-shop-id': 'aurora',
  'x-request-id': '0198d0a47c1e7b5e9c551f2e3d4c5b6a',
  'x-shop-environment': 'production',
  'x-shop-host': 'www.aurora.example',
  'x-shop-canonical-host': 'aurora.example',
  'x-contract-version': '1.0.0',
};
const read = new Request('http://127.0.0.1:3000/node/v1/products', { headers: context });
const checkout = new Request('http://127.0.0.1:3000/node/v1/checkout-sessions', {
  method: 'POST',
  headers: { ...context, 'content-type': 'application/json', 'idempotency-key': 'k'.repeat(32) },
});
const body = new TextEncoder().encode(
  JSON.stringify({ items: Array.from({ length: 3 }, () => ({ sku: 'tee', quantity: 2 })) }),
);

/**
 * Each figure is the CPU time of the whole process for one call, in microseconds: WebCrypto works on
 * other threads, and what they burn is as much taken from the service as what the main one does.
 */
export async function prepare({ quick }: { quick: boolean }): Promise<Prepared> {
  const { privateKey, publicKey } = (await crypto.subtle.generateKey('Ed25519', false, [
    'sign',
    'verify',
  ])) as CryptoKeyPair;
  const key: GatewayKey = { keyId: 'k1', privateKey };
  const publicKeys = new Map([['k1', publicKey]]);
  const hmacKey: HmacKey = { keyId: 'k1', secret: crypto.getRandomValues(new Uint8Array(32)) };
  const hmacKeys = new Map([['k1', hmacKey]]);

  const verifying = async (name: string, request: Request, bytes: Uint8Array | null) => {
    const ours = receive(await signGatewayRequest(request, bytes, key, now), bytes);
    const reference = receive(await signByHmac(request, bytes, hmacKey, now), bytes);
    return caseOf(
      name,
      quick,
      async () => {
        if (!(await verifyGatewayRequest(ours, publicKeys, now)).ok)
          throw new Error('not verified');
      },
      () => verifyByHmac(reference, hmacKeys, now),
    );
  };
  const signing = caseOf(
    'sign a checkout',
    quick,
    () => signGatewayRequest(checkout, body, key, now),
    () => signByHmac(checkout, body, hmacKey, now),
  );
  const cases = [
    await verifying('verify a checkout', checkout, body),
    ...(quick ? [] : [await verifying('verify a read', read, null), signing]),
  ];
  return {
    cases,
    rounds: quick ? 8 : 20,
    leftOut: quick ? ['verify a read', 'sign a checkout', '12 of 20 rounds'] : [],
    close: async () => {},
  };
}

function receive(request: Request, bytes: Uint8Array | null): ReceivedRequest {
  return { method: request.method, url: request.url, headers: request.headers, body: bytes };
}

function caseOf(
  name: string,
  quick: boolean,
  ours: () => Promise<unknown>,
  reference: () => Promise<unknown>,
): Case {
  const calls = quick ? 1_000 : 2_000;
  return {
    name,
    unit: 'µs of CPU a call',
    better: 'lower',
    aim: 3,
    ours: () => cpuMicroseconds(ours, calls),
    reference: () => cpuMicroseconds(reference, calls),
  };
}

/** Sixteen callers at once, as a service under load has them. */
async function cpuMicroseconds(call: () => Promise<unknown>, calls: number): Promise<number> {
  const callers = 16;
  const before = process.cpuUsage();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (let done = 0; done < calls / callers; done += 1) await call();
    }),
  );
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}
