import type { IncomingMessage } from 'node:http';
import { Problem } from '../platform/problem.ts';

/**
 * The bytes of a body, which are read to its end only while they are within the limit.
 * @throws Problem payload_too_large; malformed_request where the sender went away in the middle.
 */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Uint8Array> {
  const tooLarge = (): Problem =>
    new Problem('payload_too_large', { detail: `The body is larger than ${limitBytes} bytes.` });
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  let isWhole = false;
  const read = Promise.withResolvers<Uint8Array>();
  const listening = {
    data: (chunk: Buffer): void => {
      size += chunk.length;
      if (size > limitBytes) read.reject(tooLarge());
      else chunks.push(chunk);
    },
    end: (): void => {
      isWhole = true;
      read.resolve(Buffer.concat(chunks));
    },
    error: (cause: unknown): void => read.reject(brokenOff(cause)),
    // Comes after every end too, before anybody has stopped listening: a problem costs its stack each time.
    close: (): void => {
      if (!isWhole) read.reject(brokenOff(undefined));
    },
  };
  for (const [name, listener] of Object.entries(listening)) request.on(name, listener);
  try {
    return await read.promise;
  } catch (error) {
    // Not destroyed: the answer goes over the same connection.
    request.pause();
    throw error;
  } finally {
    for (const [name, listener] of Object.entries(listening)) request.off(name, listener);
  }
}

function brokenOff(cause: unknown): Problem {
  return new Problem('malformed_request', { detail: 'The body broke off.' }, { cause });
}

/** @throws Problem unsupported_media_type, malformed_request */
export function parseJson(rawBody: Uint8Array, contentType: string | undefined): unknown {
  const mediaType = contentType?.split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') {
    throw new Problem('unsupported_media_type', { detail: 'The body must be application/json.' });
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(rawBody));
  } catch (error) {
    throw new Problem(
      'malformed_request',
      { detail: 'The body is not JSON in UTF-8.' },
      { cause: error },
    );
  }
}
