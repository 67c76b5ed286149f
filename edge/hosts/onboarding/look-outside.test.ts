import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endpointOf } from '../../operator-cli/settings.ts';
import { type DnsStandIn, startDnsStandIn } from '../testing/dns-stand-in.ts';
import { selfSigned } from '../testing/self-signed.ts';
import { startTlsStandIn, type TlsStandIn } from '../testing/tls-stand-in.ts';
import { lookUpAddresses, resolverAt } from './addresses.ts';
import { lookAtCertificate } from './certificate.ts';

const IN_A_YEAR = new Date(Date.now() + 365 * 86_400_000);

describe('where a name leads', () => {
  let dns: DnsStandIn;
  beforeAll(async () => {
    dns = await startDnsStandIn();
  });
  afterAll(() => dns.stop());

  const lookUp = (host: string) =>
    lookUpAddresses(host, {
      resolver: resolverAt(dns.server),
      ranges: { ipv4: ['198.51.100.0/24'], ipv6: ['2001:db8::/32'] },
      target: 'shops.example.com',
    });

  test('is the platform, where the address is in its ranges', async () => {
    dns.records.set('in.example', '198.51.100.7');
    expect(await lookUp('in.example')).toEqual({
      kind: 'addresses',
      addresses: ['198.51.100.7'],
      foreign: [],
    });
  });

  test('is elsewhere, where it is not, unless the platform’s own target leads there too', async () => {
    dns.records.set('out.example', '203.0.113.9');
    expect(await lookUp('out.example')).toMatchObject({ foreign: ['203.0.113.9'] });
    dns.records.set('shops.example.com', '203.0.113.9');
    expect(await lookUp('out.example')).toMatchObject({ foreign: [] });
  });

  test('is nowhere, where there is no such name', async () => {
    expect(await lookUp('nowhere.example')).toEqual({ kind: 'failed', why: 'ENOTFOUND' });
  });
});

describe('a certificate', () => {
  let tls: TlsStandIn;
  beforeAll(async () => {
    tls = await startTlsStandIn(selfSigned(['shop.example', '*.shops.example'], IN_A_YEAR), 1);
  });
  afterAll(() => tls.stop());

  test('is described even where nobody vouches for it', async () => {
    const fact = await lookAtCertificate('shop.example', endpointOf(tls.secure, 443));
    expect(fact).toMatchObject({ kind: 'certificate', issuer: 'A test' });
    expect(fact.kind === 'certificate' && fact.refusal).toMatch(/SELF_SIGNED/);
    const days = fact.kind === 'certificate' && (fact.validTo.getTime() - Date.now()) / 86_400_000;
    expect(days).toBeCloseTo(365, 0);
  });

  test('is none where nothing speaks TLS', async () => {
    const fact = await lookAtCertificate('shop.example', endpointOf(tls.plain, 443));
    expect(fact.kind).toBe('failed');
  });
});
