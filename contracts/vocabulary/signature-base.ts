/**
 * The part of RFC 9421 that the gateway's signature needs: components without parameters, one signature
 * under one label, in the canonical spelling that every implementation writes.
 */

/** `url` is absolute; its path and query count as they are spelled. */
export type SignedMessage = { method: string; url: string; headers: Headers };

export type SignatureParameters = {
  created: number;
  keyid: string;
  alg?: string;
  expires?: number;
};

/** What a Signature-Input says; `text` is the member without its label, as it goes into the base. */
export type SignatureInput = {
  components: string[];
  parameters: SignatureParameters;
  text: string;
};

const VALUE = '(?:"[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]*"|-?\\d{1,15})';
const INPUT = new RegExp(
  `^([a-z][a-z0-9_-]*)=(\\(("[a-z0-9@-]+"(?: "[a-z0-9@-]+")*)\\)((?:;[a-z]+=${VALUE})*))$`,
);
const PARAMETER = new RegExp(`;([a-z]+)=(${VALUE})`, 'g');
const PRINTABLE = /^[\t\x20-\x7e]*$/;
const encoder = new TextEncoder();

/** `("@method" "@path");created=1;keyid="k1";alg="ed25519"`: the Signature-Input without its label. */
export function writeSignatureInput(
  components: readonly string[],
  { created, keyid, alg }: Required<Pick<SignatureParameters, 'created' | 'keyid' | 'alg'>>,
): string {
  const names = components.map((name) => `"${name}"`).join(' ');
  return `(${names});created=${created};keyid="${keyid}";alg="${alg}"`;
}

/** Reads a Signature-Input of exactly one signature under `label`; null for any other text. */
export function readSignatureInput(header: string, label: string): SignatureInput | null {
  const match = INPUT.exec(header);
  if (match === null || match[1] !== label) return null;
  const [, , text = '', names = '', tail = ''] = match;
  const found = new Map<string, string | number>();
  for (const [, name = '', value = ''] of tail.matchAll(PARAMETER)) {
    if (found.has(name)) return null;
    found.set(name, value.startsWith('"') ? value.slice(1, -1) : Number(value));
  }
  const parameters = readParameters(found);
  return parameters && { components: names.slice(1, -1).split('" "'), parameters, text };
}

function readParameters(found: ReadonlyMap<string, string | number>): SignatureParameters | null {
  const created = found.get('created');
  const keyid = found.get('keyid');
  const alg = found.get('alg');
  const expires = found.get('expires');
  if (typeof created !== 'number' || typeof keyid !== 'string') return null;
  if (typeof alg === 'number' || typeof expires === 'string') return null;
  return {
    created,
    keyid,
    ...(alg === undefined ? {} : { alg }),
    ...(expires === undefined ? {} : { expires }),
  };
}

/**
 * The bytes that are signed: a line for each component, then the parameters. Null where a component is
 * not there, or has no plain ASCII value.
 */
export function signatureBase(
  message: SignedMessage,
  components: readonly string[],
  inputText: string,
): Uint8Array<ArrayBuffer> | null {
  const target = targetOf(message.url);
  if (target === null) return null;
  const derived: Record<string, string> = { '@method': message.method, ...target };
  let base = '';
  for (const name of components) {
    const value = name.startsWith('@') ? derived[name] : message.headers.get(name);
    if (value === undefined || value === null || !PRINTABLE.test(value)) return null;
    base += `"${name}": ${value}\n`;
  }
  return encoder.encode(`${base}"@signature-params": ${inputText}`);
}

/** The URL parser lends its sense of an authority, and no more: it would mend the path and the query. */
function targetOf(url: string): Record<string, string> | null {
  const start = url.indexOf('/', url.indexOf('://') + 3);
  if (!URL.canParse(url) || url.includes('#') || start < 3) return null;
  const query = url.indexOf('?', start);
  return {
    '@authority': new URL(url).host,
    '@path': query === -1 ? url.slice(start) : url.slice(start, query),
    '@query': query === -1 ? '?' : url.slice(query),
  };
}
