/**
 * KV for plain workerd: a `kvNamespace` binding may lead to any Worker that answers as KV does. This one keeps its
 * entries in memory, as the edge keeps what is asked for often. What the front door never does is not there.
 */
const entries = new Map<string, string>();
let reads = 0;

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const key = decodeURIComponent(pathname.slice(1));
    if (request.method === 'GET') {
      reads += 1;
      const value = entries.get(key);
      return value === undefined ? new Response(null, { status: 404 }) : new Response(value);
    }
    if (request.method === 'DELETE') entries.delete(key);
    else entries.set(key, await request.text());
    return new Response(null, { status: searchParams.has('urlencoded') ? 200 : 204 });
  },
};

/** The bench's own door. */
export const bench = {
  async fetch(request: Request): Promise<Response> {
    if (request.method === 'PUT') {
      for (const [key, value] of Object.entries<unknown>(await request.json())) {
        entries.set(key, JSON.stringify(value));
      }
    }
    return Response.json({ entries: entries.size, reads });
  },
};
