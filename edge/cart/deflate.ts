/** UTF-8 text, deflated without a header (RFC 1951). */
export async function deflate(text: string): Promise<Uint8Array> {
  return collect(new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw')));
}

/**
 * The reverse of deflate. Only for bytes whose signature has been verified: a small input can
 * inflate to a huge text.
 */
export async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new TextDecoder().decode(await collect(stream));
}

async function collect(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
