/**
 * What the gateway does with a webhook, where the Workers are left out: signs the bytes as they are and hands them on.
 * Forked by platform.ts; says its port. Settings: BENCH_WEBHOOKS, the JSON of `{ port, privateKey }`.
 */
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { importGatewayPrivateKey } from '@commerce/contracts/vocabulary/gateway-signature.ts';
import { signGatewayCall } from '../gateway-call.ts';
import { GATEWAY_KEY_ID } from './orders.ts';

const { port, privateKey } = JSON.parse(process.env.BENCH_WEBHOOKS ?? '') as {
  port: number;
  privateKey: string;
};
const key = { keyId: GATEWAY_KEY_ID, privateKey: await importGatewayPrivateKey(privateKey) };
const agent = new Agent({ keepAlive: true });
const url = `http://127.0.0.1:${port}/node/v1/webhooks/stripe`;

const server = createServer(async (incoming, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const headers = { 'stripe-signature': String(incoming.headers['stripe-signature'] ?? '') };
  const signed = await signGatewayCall({ method: 'POST', url, shop: null, headers, body }, key);
  const length = { 'content-length': body.length };
  const sent = request(
    url,
    { method: 'POST', agent, headers: { ...Object.fromEntries(signed), ...length } },
    (answer) => {
      response.writeHead(answer.statusCode ?? 503);
      answer.pipe(response);
    },
  );
  sent.on('error', () => response.writeHead(503).end());
  sent.end(body);
});
server.keepAliveTimeout = 75_000;
server.listen(0, '127.0.0.1', () => {
  process.send?.({ ready: (server.address() as AddressInfo).port });
});
process.on('disconnect', () => process.exit());
