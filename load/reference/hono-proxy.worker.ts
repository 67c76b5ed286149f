import { Hono } from 'hono';

type Bindings = { readonly ORIGIN: { fetch(request: Request): Promise<Response> } };

const app = new Hono<{ Bindings: Bindings }>();

/**
 * A proxy that does nothing: the request as it came, the response as it came, nothing copied, read or logged.
 * `hono/proxy` copies both; without it is faster, and the faster one is what we compare with.
 */
app.all('*', (context) => context.env.ORIGIN.fetch(context.req.raw));

export default app;
