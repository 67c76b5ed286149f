-- What belongs to no shop yet, or to all of them. Reached by the platform role alone (asPlatform);
-- the tenant role has no right here but the two functions at the end of 0003.

create table shop (
  shop_id              text primary key check (shop_id ~ '^[a-z][a-z0-9-]{1,40}$'),
  display_name         text not null,
  tagline              text not null,
  currency             text not null check (currency ~ '^[A-Z]{3}$'),
  locale               text not null,
  theme                jsonb not null,
  may_trade            boolean not null,
  may_settle           boolean not null,
  stripe_account       text not null,
  stripe_secret_ref    text not null,
  max_units_per_line   integer not null check (max_units_per_line > 0),
  migration_window_ends_at timestamptz,
  created_at           timestamptz not null default now(),
  updated_at           timestamptz not null default now()
);

-- Which shop a Stripe object belongs to. An object never changes its shop.
create table stripe_object_shop_map (
  environment  text not null,
  object_type  text not null,
  stripe_id    text not null,
  shop_id      text not null references shop,
  order_id     text,
  created_at   timestamptz not null default now(),
  primary key (environment, object_type, stripe_id)
);

-- Every event Stripe was answered 2xx for, whole, whether or not its shop is known yet.
create table webhook_inbox (
  environment        text not null,
  stripe_event_id    text not null,
  endpoint           text not null check (endpoint in ('stripe', 'billing')),
  event_type         text not null,
  created_at         timestamptz not null,
  api_version        text,
  shop_id            text references shop,
  resolved_by        text check (resolved_by in ('metadata', 'map', 'customer', 'operator')),
  status             text not null default 'received'
                     check (status in ('received', 'applied', 'ignored', 'dead_letter')),
  attempts           integer not null default 0,
  request_id         text not null,
  payload            jsonb not null,
  last_error         text,
  received_at        timestamptz not null default now(),
  resolved_at        timestamptz,
  finished_at        timestamptz,
  primary key (environment, stripe_event_id),
  check ((shop_id is null) = (resolved_at is null))
);
create index webhook_inbox_unresolved on webhook_inbox (received_at) where status = 'received' and shop_id is null;

-- Work that no retry will cure, with all of it that an operator needs.
create table dead_letter (
  dead_letter_id  text primary key,
  environment     text not null,
  source          text not null check (source in ('webhook', 'job')),
  reference       text not null,
  shop_id         text references shop,
  reason          text not null,
  payload         jsonb not null,
  created_at      timestamptz not null default now(),
  unique (environment, source, reference)
);

-- Tokens of people and machines (operators, staff, customers, reconciliation workers), so that one can be revoked.
-- Order tokens are not here: they are revoked by the token version on their order.
create table issued_token (
  token_id    text primary key,
  kind        text not null check (kind in ('operator', 'staff', 'customer', 'reconciliation')),
  shop_id     text references shop,
  subject     text not null,
  issued_at   timestamptz not null default now(),
  expires_at  timestamptz not null,
  revoked_at  timestamptz,
  check ((kind = 'operator') = (shop_id is null))
);

-- Which job workers are alive; a dead one's jobs are unlocked by the survivors.
create table job_worker (
  worker_id     text primary key,
  heartbeat_at  timestamptz not null default now()
);

grant select, insert, update on shop, stripe_object_shop_map, webhook_inbox, dead_letter, issued_token to commerce_platform;
grant select, insert, update, delete on job_worker to commerce_platform;
