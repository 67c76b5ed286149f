import type { IncomingMessage } from 'node:http';

/** The whole body as text, or undefined where it is longer than `maxBytes`. Rejects when it breaks off. */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const buffer: Buffer = chunk;
    bytes += buffer.length;
    if (bytes <= maxBytes) chunks.push(buffer);
  }
  return bytes > maxBytes ? undefined : Buffer.concat(chunks).toString('utf8');
}
