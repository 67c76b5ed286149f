const HEAD_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/**
 * Reads HTTP/1.1 responses off one connection, one after the other, as far as a load needs: the status, and where the
 * response ends. Throws on what has no end that it can see.
 */
export function responseReader(onResponse: (status: number) => void): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  return (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    const headEnd = pending.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = pending.toString('latin1', 0, headEnd);
    const end = endOf(pending, head, headEnd + HEAD_END.length);
    if (end === null) return;
    if (end < pending.length) throw new Error('a response came that nobody asked for');
    pending = Buffer.alloc(0);
    onResponse(Number(head.slice(9, 12)));
  };
}

/** Where the response ends, or null while it has not. One request at a time: nothing follows it. */
function endOf(bytes: Buffer, head: string, bodyAt: number): number | null {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    const end = bodyAt + Number(length);
    return bytes.length < end ? null : end;
  }
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
    const tail = bytes.subarray(Math.max(bodyAt, bytes.length - LAST_CHUNK.length));
    return tail.equals(LAST_CHUNK) ? bytes.length : null;
  }
  if (/^HTTP\/1\.1 (204|304)/.test(head)) return bodyAt;
  throw new Error(`a response without an end: ${head.slice(0, 200)}`);
}
