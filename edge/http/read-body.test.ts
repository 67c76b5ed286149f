import { expect, test } from 'vitest';
import { readBody } from './read-body.ts';

const LIMIT_BYTES = 8;

function chunked(...chunks: string[]): Request {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });
  return new Request('http://aurora.localhost/', {
    method: 'POST',
    body: stream,
    duplex: 'half',
  } as RequestInit);
}

test('gives back the bytes, also where they come in pieces', async () => {
  const body = await readBody(chunked('ab', '', 'cdef'), LIMIT_BYTES);
  expect(body).toEqual({ ok: true, bytes: new TextEncoder().encode('abcdef') });
});

test('takes a body of exactly the limit, and not one byte more', async () => {
  expect((await readBody(chunked('1234', '5678'), LIMIT_BYTES)).ok).toBe(true);
  expect((await readBody(chunked('1234', '56789'), LIMIT_BYTES)).ok).toBe(false);
});

test('refuses by the declared length without reading', async () => {
  const request = {
    headers: new Headers({ 'content-length': '9' }),
    get body(): never {
      throw new Error('the body was touched');
    },
  };
  expect(await readBody(request, LIMIT_BYTES)).toEqual({ ok: false, reason: 'too_large' });
});

test('counts even when the declared length lies', async () => {
  const { body } = chunked('123456789');
  const request = { headers: new Headers({ 'content-length': '1' }), body };
  expect((await readBody(request, LIMIT_BYTES)).ok).toBe(false);
});

test('an absent body is no bytes', async () => {
  const body = await readBody(new Request('http://aurora.localhost/'), LIMIT_BYTES);
  expect(body).toEqual({ ok: true, bytes: new Uint8Array(0) });
});
