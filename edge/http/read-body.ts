/** The largest request body that the platform takes, in bytes. */
export const MAX_BODY_BYTES = 1024 * 1024;

export type BodyReading =
  | { readonly ok: true; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly ok: false; readonly reason: 'too_large' };

/**
 * Reads a request's body into memory, byte for byte, and stops at the limit: by the declared length before the first
 * byte, and by counting, since a chunked body declares none. An absent body reads as zero bytes.
 */
export async function readBody(
  request: Pick<Request, 'headers' | 'body'>,
  limitBytes: number = MAX_BODY_BYTES,
): Promise<BodyReading> {
  const declaredBytes = Number(request.headers.get('content-length') ?? '0');
  if (declaredBytes > limitBytes) return { ok: false, reason: 'too_large' };
  if (request.body === null) return { ok: true, bytes: new Uint8Array(0) };

  const chunks: Uint8Array[] = [];
  let receivedBytes = 0;
  const reader = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    receivedBytes += value.byteLength;
    if (receivedBytes > limitBytes) {
      await reader.cancel().catch(() => undefined);
      return { ok: false, reason: 'too_large' };
    }
    chunks.push(value);
  }
  return { ok: true, bytes: concatenate(chunks, receivedBytes) };
}

function concatenate(chunks: readonly Uint8Array[], totalBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(totalBytes);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}
