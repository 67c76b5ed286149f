import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePort, isPortFree } from './free-port.ts';
import { assertPortsFree, ephemeralPorts, readPorts } from './ports.ts';

test('uses the documented ports unless the environment names others', () => {
  expect(readPorts({})).toEqual({
    frontDoor: 8787,
    nodeService: 3000,
    stripeStandIn: 12111,
    postgres: 5433,
    prism: 4010,
    metrics: 9464,
  });
  expect(readPorts({ FRONT_DOOR_PORT: '9000', POSTGRES_PORT: '' })).toMatchObject({
    frontDoor: 9000,
    postgres: 5433,
  });
});

test.each(['0', '65536', '80.5', 'http', '-1'])('refuses %s as a port, by name', (text) => {
  expect(() => readPorts({ METRICS_PORT: text })).toThrow(`METRICS_PORT is "${text}"`);
});

test('refuses one port for two things, by both names', () => {
  expect(() => readPorts({ NODE_SERVICE_PORT: '8787' })).toThrow(
    'NODE_SERVICE_PORT and FRONT_DOOR_PORT are both 8787',
  );
});

test('names each taken port, what needs it, and the variable that moves it', async () => {
  const ports = await ephemeralPorts();
  const server = createServer();
  await new Promise<void>((done) => server.listen(ports.frontDoor, '127.0.0.1', done));
  try {
    const failure = await assertPortsFree(ports, ['frontDoor', 'postgres']).catch((error) => error);
    expect(failure.message).toContain(`port ${ports.frontDoor} is taken, and the front door`);
    expect(failure.message).toContain('FRONT_DOOR_PORT=');
    expect(failure.message).not.toContain('POSTGRES_PORT');
    await assertPortsFree(ports, ['postgres']);
  } finally {
    server.close();
  }
});

test('sees a listener that has the port on IPv6 alone, where a browser would go first', async () => {
  const port = await freePort();
  const server = createServer();
  const listening = await new Promise<boolean>((done) => {
    server.once('error', () => done(false));
    server.listen({ port, host: '::1', ipv6Only: true }, () => done(true));
  });
  // A machine without IPv6 has nothing to see.
  if (listening) expect(await isPortFree(port)).toBe(false);
  server.close();
});

test('ephemeral ports differ from one another', async () => {
  const ports = Object.values(await ephemeralPorts());
  expect(new Set(ports).size).toBe(ports.length);
});
