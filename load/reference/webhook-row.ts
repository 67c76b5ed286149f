/**
 * A bare Koa endpoint that keeps webhook events, as it is written first: read, parse, insert one row, answer. It checks
 * no signature and knows no shop. A process of its own; says its port. Settings: WEBHOOK_ROW, the JSON of
 * `WebhookRowSettings`.
 */
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import pg from 'pg';

export type WebhookRowSettings = { readonly databaseUrl: string; readonly connections: number };

/** Connections in which it was fastest under 64 callers and under 512. */
export const ROW_POOL_SIZE = 20;

export const ROW_TABLE = `
  create schema if not exists reference;
  create table reference.webhook_event (
    event_id     text primary key,
    payload      jsonb not null,
    received_at  timestamptz not null default now()
  );
  grant usage on schema reference to commerce_platform;
  grant select, insert on reference.webhook_event to commerce_platform;`;

const INSERT = {
  name: 'webhook_row',
  text: 'insert into reference.webhook_event (event_id, payload) values ($1, $2) on conflict do nothing',
};

const LIMIT_BYTES = 524_288;

if (process.env.WEBHOOK_ROW !== undefined) await serve(JSON.parse(process.env.WEBHOOK_ROW));

async function serve({ databaseUrl, connections }: WebhookRowSettings): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: connections });
  const app = new Koa();
  app.use(async (ctx) => {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of ctx.req) {
      size += chunk.length;
      if (size > LIMIT_BYTES) return ctx.throw(413);
      chunks.push(chunk);
    }
    const json = Buffer.concat(chunks).toString();
    const { id } = JSON.parse(json) as { id: string };
    await pool.query({ ...INSERT, values: [id, json] });
    ctx.body = { received: true };
  });
  const server = app.listen(0, '127.0.0.1', () =>
    process.send?.({ ready: (server.address() as AddressInfo).port }),
  );
  process.on('disconnect', () => process.exit());
}
