/**
 * `variantKeyV1` names one sellable variant within a shop: `v1:tee?color=red&size=m`, or `v1:tee` where
 * there is nothing to choose. Two spellings of one variant give one key, two variants never share one.
 *
 * Each text (sku, attribute name, attribute value) is put into Unicode NFC, lower case (the default
 * algorithm of Unicode, without locale), NFC again and then trimmed; what is left may not be empty.
 * Then all but RFC 3986's unreserved characters is percent-encoded, and attributes are sorted by
 * their encoded name. Names that become equal are refused: which one was meant is not ours to guess.
 */
export type VariantParts = { sku: string; attributes: Record<string, string> };

/** The message is fit for a client's eyes: it names the part that was wrong. */
export class VariantKeyError extends Error {
  override readonly name = 'VariantKeyError';
}

const PREFIX = 'v1:';

/** Throws a VariantKeyError for an empty text, one that is not Unicode, and attributes that collide. */
export function variantKeyV1(
  sku: string,
  attributes: Readonly<Record<string, string>> = {},
): string {
  const encodedSku = encode(sku, 'sku');
  const pairs = new Map<string, string>();
  for (const [name, value] of Object.entries(attributes)) {
    const encodedName = encode(name, 'attribute name');
    if (pairs.has(encodedName)) {
      throw new VariantKeyError(`attribute ${JSON.stringify(name)} is given twice`);
    }
    pairs.set(encodedName, encode(value, `attribute ${JSON.stringify(name)}`));
  }
  if (pairs.size === 0) return PREFIX + encodedSku;
  const query = [...pairs.keys()].sort().map((name) => `${name}=${pairs.get(name)}`);
  return `${PREFIX}${encodedSku}?${query.join('&')}`;
}

/**
 * The normalised parts of a key. Throws a VariantKeyError unless the text is exactly what `variantKeyV1`
 * gives for those parts, so that a key can be compared as text wherever it has been parsed once.
 */
export function parseVariantKeyV1(key: string): VariantParts {
  if (!key.startsWith(PREFIX)) throw notAKey(key);
  const [encodedSku = '', query, ...rest] = key.slice(PREFIX.length).split('?');
  if (rest.length > 0) throw notAKey(key);
  const attributes = (query?.split('&') ?? []).map((pair): [string, string] => {
    const [name = '', value = '', ...more] = pair.split('=');
    if (more.length > 0) throw notAKey(key);
    return [decode(name, key), decode(value, key)];
  });
  const parts = { sku: decode(encodedSku, key), attributes: Object.fromEntries(attributes) };
  if (!isCanonical(key, parts)) throw notAKey(key);
  return parts;
}

export function isVariantKeyV1(value: string): boolean {
  try {
    parseVariantKeyV1(value);
    return true;
  } catch (error) {
    if (error instanceof VariantKeyError) return false;
    throw error;
  }
}

function isCanonical(key: string, parts: VariantParts): boolean {
  try {
    return variantKeyV1(parts.sku, parts.attributes) === key;
  } catch (error) {
    if (error instanceof VariantKeyError) return false;
    throw error;
  }
}

function encode(text: string, part: string): string {
  if (typeof text !== 'string') throw new VariantKeyError(`${part} is not text`);
  if (!text.isWellFormed()) throw new VariantKeyError(`${part} is not valid Unicode`);
  const normal = text.normalize('NFC').toLowerCase().normalize('NFC').trim();
  if (normal === '') throw new VariantKeyError(`${part} is empty`);
  // encodeURIComponent leaves these five alone, and RFC 3986 reserves them.
  return encodeURIComponent(normal).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decode(text: string, key: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw notAKey(key);
  }
}

function notAKey(key: string): VariantKeyError {
  return new VariantKeyError(
    `${JSON.stringify(key.slice(0, 200))} is not a variant key of version 1`,
  );
}
