/** Base64 over `Uint8Array`, the same in Node, Workers and browsers (which share only btoa and atob). */

/** Bytes backed by memory that WebCrypto may read; what every function here returns. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Standard alphabet, padded (RFC 4648, section 4). */
export function encodeBase64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Reads standard padded base64. Throws a RangeError for anything else, without repeating it: it may be a secret. */
export function decodeBase64(text: string): Bytes {
  const bytes = readBase64(text);
  if (bytes === null) throw new RangeError(`not base64 (${text.length} characters)`);
  return bytes;
}

/** URL alphabet, no padding (RFC 4648, section 5). */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/**
 * Reads unpadded base64url, or answers null.
 * Only the canonical spelling is read: with stray bits in the last character two texts would mean the
 * same bytes, and a changed token would still verify.
 */
export function decodeBase64Url(text: string): Bytes | null {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return null;
  const standard = text.replaceAll('-', '+').replaceAll('_', '/');
  return readBase64(standard.padEnd(Math.ceil(standard.length / 4) * 4, '='));
}

/** Reads standard padded base64 in its canonical spelling, or answers null. */
export function readBase64(text: string): Bytes | null {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    return null;
  }
  if (btoa(binary) !== text) return null;
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
