import { describe, expect, test } from 'vitest';
import { UsageError } from './failure.ts';
import { endpointOf, type LocalPlatform, settingsFrom } from './settings.ts';

const LOCAL: LocalPlatform = {
  operatorToken: 'local-token',
  urls: { ops: 'http://ops.localhost:8787', frontDoor: 'http://127.0.0.1:8787' },
};
const readFile = () => 'token-of-the-file\n';

describe('the token', () => {
  test('is taken from the file, else from the environment, else from the local platform', () => {
    const given = { tokenFile: 'token.txt', tokenVariable: 'token-of-the-variable' };
    expect(settingsFrom(given, LOCAL, readFile).token).toBe('token-of-the-file');
    const { tokenVariable } = given;
    expect(settingsFrom({ tokenVariable }, LOCAL, readFile).token).toBe('token-of-the-variable');
    expect(settingsFrom({}, LOCAL, readFile).token).toBe('local-token');
  });

  test('of the local platform goes to no other control plane', () => {
    expect(() => settingsFrom({ opsUrl: 'https://ops.example.com' }, LOCAL, readFile)).toThrow(
      /no operator token/,
    );
  });

  test('is never sent in the clear to another machine', () => {
    const given = { tokenVariable: 'secret-1', opsUrl: 'http://ops.example.com' };
    expect(() => settingsFrom(given, null, readFile)).toThrow(/must be https/);
    const connect = '127.0.0.1:8787';
    expect(settingsFrom({ ...given, connect }, null, readFile).opsUrl.host).toBe('ops.example.com');
    const elsewhere = { ...given, opsUrl: 'http://ops.localhost', connect: '192.0.2.7:80' };
    expect(() => settingsFrom(elsewhere, null, readFile)).toThrow(/must be https/);
  });

  test('is in no message, whatever is wrong with it', () => {
    for (const token of ['secret token', 'secret\nline', 'sécret']) {
      const failing = () => settingsFrom({ tokenVariable: token }, LOCAL, readFile);
      expect(failing).toThrow(UsageError);
      expect(failing).not.toThrow(/s.cret/);
    }
  });
});

describe('the control plane', () => {
  test('is the local platform where nothing is said, reached where its front door listens', () => {
    const settings = settingsFrom({}, LOCAL, readFile);
    expect(settings.opsUrl.href).toBe('http://ops.localhost:8787/');
    expect(settings.connect).toEqual({ hostname: '127.0.0.1', port: 8787 });
  });

  test('has to be named where no local platform runs', () => {
    expect(() => settingsFrom({ tokenVariable: 't0ken' }, null, readFile)).toThrow(/--ops-url/);
  });

  test.each(['ops.example.com', 'ftp://ops.example.com', 'https://ops.example.com/ops/v1', ''])(
    'is no "%s"',
    (opsUrl) => {
      expect(() => settingsFrom({ opsUrl, tokenVariable: 't0ken' }, LOCAL, readFile)).toThrow(
        UsageError,
      );
    },
  );
});

describe('an endpoint', () => {
  test('is a host and a port, the port where it is left out being the usual one', () => {
    expect(endpointOf('127.0.0.1:8787', 443)).toEqual({ hostname: '127.0.0.1', port: 8787 });
    expect(endpointOf('[::1]:80', 443)).toEqual({ hostname: '::1', port: 80 });
    expect(endpointOf('edge.example.com', 443)).toEqual({
      hostname: 'edge.example.com',
      port: 443,
    });
  });

  test.each(['', 'a b:1', 'host:0', 'host:65536', 'host:', 'http://host:1'])(
    'is no "%s"',
    (text) => {
      expect(() => endpointOf(text, 443)).toThrow(UsageError);
    },
  );
});
