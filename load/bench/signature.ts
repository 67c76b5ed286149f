import {
  type GatewayKey,
  type ReceivedRequest,
  signGatewayRequest,
  verifyGatewayRequest,
} from '@commerce/contracts/vocabulary/gateway-signature.ts';
import { signByHmac, verifyByHmac } from '../reference/hmac-signature.ts';
import { verifyByLibrary } from '../reference/library-signature.ts';
import type { Case, Prepared } from './bench.ts';

type Call = () => Promise<unknown>;

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
 * other threads, and what they burn is taken from the service just as well.
 */
export async function prepare({ quick }: { quick: boolean }): Promise<Prepared> {
  const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  const { privateKey, publicKey } = pair as CryptoKeyPair;
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const secret = await crypto.subtle.generateKey(hmac, false, ['sign', 'verify']);
  const key: GatewayKey = { keyId: 'k1', privateKey };
  const publicKeys = new Map([['k1', publicKey]]);
  const hmacKey = { keyId: 'k1', secret: secret as CryptoKey };
  const secrets = new Map([['k1', hmacKey.secret]]);

  const verifying = async (request: Request, bytes: Uint8Array | null) => {
    const signed = received(await signGatewayRequest(request, bytes, key, now), bytes);
    const macced = received(await signByHmac(request, bytes, hmacKey, now), bytes);
    return {
      ours: async () => expectTrue((await verifyGatewayRequest(signed, publicKeys, now)).ok),
      byHmac: async () => expectTrue(await verifyByHmac(macced, secrets, now)),
      byLibrary: () => verifyByLibrary(signed, publicKeys, now),
    };
  };
  const ofCheckout = await verifying(checkout, body);
  const ofRead = await verifying(read, null);
  const sign = () => signGatewayRequest(checkout, body, key, now);
  const all: Case[] = [
    caseOf(
      'verify a checkout: Ed25519 to HMAC-SHA256',
      3,
      quick,
      ofCheckout.ours,
      ofCheckout.byHmac,
    ),
    caseOf(
      'verify a checkout: our reader to http-message-sig',
      0.8,
      quick,
      ofCheckout.ours,
      ofCheckout.byLibrary,
    ),
    caseOf('verify a read: Ed25519 to HMAC-SHA256', 4, quick, ofRead.ours, ofRead.byHmac),
    caseOf('sign a checkout: Ed25519 to HMAC-SHA256', 3, quick, sign, () =>
      signByHmac(checkout, body, hmacKey, now),
    ),
  ];
  const cases = quick ? all.slice(0, 2) : all;
  const skipped = all.slice(cases.length).map(({ name }) => name);
  return {
    cases,
    rounds: quick ? 8 : 20,
    leftOut: quick ? [...skipped, '12 of 20 rounds, and half of the calls of a round'] : [],
    close: async () => {},
  };
}

function received(request: Request, bytes: Uint8Array | null): ReceivedRequest {
  return { method: request.method, url: request.url, headers: request.headers, body: bytes };
}

function expectTrue(value: boolean): void {
  if (!value) throw new Error('a genuine request was refused');
}

function caseOf(name: string, aim: number, quick: boolean, ours: Call, reference: Call): Case {
  const calls = quick ? 1_000 : 2_000;
  return {
    name,
    unit: 'µs of CPU a call',
    better: 'lower',
    aim,
    ours: () => cpuMicroseconds(ours, calls),
    reference: () => cpuMicroseconds(reference, calls),
  };
}

/** Sixteen callers at once, as a service under load has them. */
async function cpuMicroseconds(call: Call, calls: number): Promise<number> {
  const callers = 16;
  const each = Math.floor(calls / callers);
  const before = process.cpuUsage();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (let done = 0; done < each; done += 1) await call();
    }),
  );
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (each * callers);
}
