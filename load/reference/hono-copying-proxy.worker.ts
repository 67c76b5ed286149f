import { Hono } from 'hono';
import { proxy } from 'hono/proxy';

type Bindings = { readonly ORIGIN: { fetch(request: Request): Promise<Response> } };

const app = new Hono<{ Bindings: Bindings }>();

/** The proxy of Hono's documentation: it copies the headers of request and response, as whoever changes one must. */
app.all('*', (context) =>
  proxy(context.req.raw.url, {
    raw: context.req.raw,
    customFetch: (request) => context.env.ORIGIN.fetch(request),
  }),
);

export default app;
