import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureSecrets, readKeys, writeKeys } from './keys.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'commerce-keys-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const demo = {
  operatorToken: 'ct1.operator',
  reconciliationTokens: { aurora: 'ct1.r' },
  staffTokens: { aurora: 'ct1.s' },
  customerTokens: { aurora: 'ct1.c' },
  shops: [{ id: 'aurora', host: 'aurora.localhost', skus: [{ sku: 'tee' }] }],
};
const urls = {
  frontDoor: 'http://127.0.0.1:1',
  shops: { aurora: 'http://aurora.localhost:1' },
  hooks: 'http://hooks.localhost:1',
  ops: 'http://ops.localhost:1',
  nodeService: 'http://127.0.0.1:2',
  metrics: 'http://127.0.0.1:3/metrics',
  tenantDatabase: 'postgres://t',
  platformDatabase: 'postgres://p',
  migratorDatabase: 'postgres://m',
  adminDatabase: 'postgres://a',
};

test('only its owner may read keys.json', async () => {
  const secrets = await ensureSecrets(dir);
  expect((await stat(join(dir, 'keys.json'))).mode & 0o777).toBe(0o600);
  await writeKeys(dir, { ...secrets, ...demo, urls });
  expect((await stat(join(dir, 'keys.json'))).mode & 0o777).toBe(0o600);
});

test('secrets stay the same from start to start, also after the file was completed', async () => {
  const first = await ensureSecrets(dir);
  await writeKeys(dir, { ...first, ...demo, urls });
  expect(await ensureSecrets(dir)).toMatchObject(first);
  expect(await readKeys(dir)).toEqual({ ...first, ...demo, urls });
});

test('two platforms share no secret', async () => {
  const other = await mkdtemp(join(tmpdir(), 'commerce-keys-'));
  const [a, b] = [await ensureSecrets(dir), await ensureSecrets(other)];
  await rm(other, { recursive: true });
  for (const name of Object.keys(a) as (keyof typeof a)[]) expect(a[name]).not.toEqual(b[name]);
});

test('a secret that an older file lacks is added, the others are kept', async () => {
  const { cartKeys: _dropped, ...older } = await ensureSecrets(dir);
  await writeFile(join(dir, 'keys.json'), JSON.stringify(older));
  const now = await ensureSecrets(dir);
  expect(now).toMatchObject(older);
  expect(now.cartKeys).toHaveLength(2);
});

test('the gateway key pair belongs together', async () => {
  const { gatewayPrivateKey, gatewayPublicKey } = await ensureSecrets(dir);
  const data = Buffer.from('signed by the gateway');
  const der = (text: string) => Buffer.from(text, 'base64');
  const signature = sign(
    null,
    data,
    createPrivateKey({ key: der(gatewayPrivateKey), format: 'der', type: 'pkcs8' }),
  );
  const publicKey = createPublicKey({ key: der(gatewayPublicKey), format: 'der', type: 'spki' });
  expect(verify(null, data, publicKey, signature)).toBe(true);
});

test('token and cart secrets are 32 bytes', async () => {
  const { tokenKeys, cartKeys } = await ensureSecrets(dir);
  for (const { secret } of [...tokenKeys, ...cartKeys]) {
    expect(Buffer.from(secret, 'base64')).toHaveLength(32);
  }
});

test('a broken file is named, not replaced', async () => {
  await writeFile(join(dir, 'keys.json'), '{');
  await expect(ensureSecrets(dir)).rejects.toThrow('keys.json is not JSON');
  expect(await readFile(join(dir, 'keys.json'), 'utf8')).toBe('{');
});

test('says what to do when no platform has been started', async () => {
  await expect(readKeys(dir)).rejects.toThrow('run "npm start"');
});
