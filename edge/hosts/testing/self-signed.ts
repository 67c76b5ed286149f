import { generateKeyPairSync, sign } from 'node:crypto';

export interface SelfSigned {
  /** PEM */
  readonly key: string;
  /** PEM; its own authority, for NODE_EXTRA_CA_CERTS. */
  readonly cert: string;
}

/**
 * A certificate for some names, signed by itself, valid until `validTo`. Written in DER by hand (RFC 5280), so that no
 * program of the machine is needed.
 */
export function selfSigned(names: readonly string[], validTo: Date): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ecdsaWithSha256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
  const subject = sequence(
    set(sequence(oid(0x55, 0x04, 0x0a), tagged(0x0c, Buffer.from('A test')))),
  );
  const altNames = sequence(...names.map((name) => tagged(0x82, Buffer.from(name))));
  const constraints = sequence(tagged(0x01, Buffer.from([0xff])));
  const extensions = sequence(
    sequence(oid(0x55, 0x1d, 0x11), tagged(0x04, altNames)),
    sequence(oid(0x55, 0x1d, 0x13), tagged(0x04, constraints)),
  );
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    subject,
    sequence(time(new Date('2020-01-01T00:00:00Z')), time(validTo)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, extensions),
  );
  const signature = sign('sha256', body, privateKey);
  const bits = tagged(0x03, Buffer.concat([Buffer.from([0]), signature]));
  const certificate = sequence(body, ecdsaWithSha256, bits).toString('base64');
  const lines = certificate.match(/.{1,64}/g)?.join('\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function set(part: Buffer): Buffer {
  return tagged(0x31, part);
}

function oid(...bytes: readonly number[]): Buffer {
  return tagged(0x06, Buffer.from(bytes));
}

/** UTCTime: `YYMMDDHHMMSSZ` */
function time(date: Date): Buffer {
  const text = `${date.toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`;
  return tagged(0x17, Buffer.from(text));
}
