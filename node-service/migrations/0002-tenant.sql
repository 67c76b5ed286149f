-- What belongs to one shop. Every primary key and unique constraint leads with shop_id and every foreign key stays
-- within the shop, so that the same schema distributes by shop_id. Row-level security is forced at the end of 0003.

create table tax_rate (
  shop_id           text not null,
  tax_class         text not null,
  rate_basis_points integer not null check (rate_basis_points between 0 and 10000),
  primary key (shop_id, tax_class)
);

create table product (
  shop_id           text not null,
  sku               text not null,
  name              text not null,
  description       text not null,
  kind              text not null check (kind in ('sale', 'rental')),
  unit_price_minor  bigint not null check (unit_price_minor >= 0),
  deposit_minor     bigint not null default 0 check (deposit_minor >= 0),
  tax_class         text not null,
  image             jsonb not null,
  options           jsonb not null,
  position          integer not null,
  primary key (shop_id, sku),
  foreign key (shop_id, tax_class) references tax_rate
);

create table variant (
  shop_id           text not null,
  variant_key       text not null,
  sku               text not null,
  attributes        jsonb not null,
  unit_price_minor  bigint check (unit_price_minor >= 0),
  position          integer not null,
  primary key (shop_id, variant_key),
  foreign key (shop_id, sku) references product
);
create index variant_by_sku on variant (shop_id, sku);

create table shipping_rate (
  shop_id           text not null,
  shipping_rate_id  text not null,
  name              text not null,
  countries         text[] not null,
  amount_minor      bigint not null check (amount_minor >= 0),
  primary key (shop_id, shipping_rate_id)
);

create table coupon (
  shop_id           text not null,
  code              text not null,
  percent_off       integer check (percent_off between 1 and 100),
  amount_off_minor  bigint check (amount_off_minor > 0),
  valid_until       timestamptz,
  primary key (shop_id, code),
  check ((percent_off is null) <> (amount_off_minor is null))
);

create table coverage (
  shop_id           text not null,
  code              text not null,
  name              text not null,
  amount_minor      bigint not null check (amount_minor > 0),
  primary key (shop_id, code)
);

-- What there is of a variant, and how much of it is promised. Free is on_hand - held.
create table stock (
  shop_id      text not null,
  variant_key  text not null,
  on_hand      bigint not null,
  held         bigint not null default 0,
  primary key (shop_id, variant_key),
  constraint stock_never_oversold check (0 <= held and held <= on_hand)
);

-- active -> committed | released | expired, never back.
-- expiry 'clock': its time-to-live alone ends it. 'stripe': a session may still take money for it, so only Stripe's
-- answer (expired, refused, paid) ends it.
create table hold (
  shop_id      text not null,
  hold_id      text not null,
  order_id     text,
  state        text not null check (state in ('active', 'committed', 'released', 'expired')),
  expiry       text not null check (expiry in ('clock', 'stripe')),
  expires_at   timestamptz not null,
  created_at   timestamptz not null,
  ended_at     timestamptz,
  returned_at  timestamptz,
  primary key (shop_id, hold_id),
  check ((state = 'active') = (ended_at is null)),
  check (returned_at is null or state = 'committed')
);
create index hold_due on hold (shop_id, expires_at) where state = 'active' and expiry = 'clock';

create table hold_line (
  shop_id      text not null,
  hold_id      text not null,
  variant_key  text not null,
  quantity     bigint not null check (quantity > 0),
  primary key (shop_id, hold_id, variant_key),
  foreign key (shop_id, hold_id) references hold
);

-- An order's own columns are what was agreed at checkout and where its Stripe session stands;
-- what happened to it since is in order_fact, and its status is computed from both.
create table sales_order (
  shop_id              text not null,
  order_id             text not null,
  cart_id              text,
  hold_id              text not null,
  session_state        text not null check (session_state in ('creating', 'open', 'complete', 'expired', 'refused')),
  checkout_session_id  text,
  client_secret        text,
  stripe_request       jsonb not null,
  session_expires_at   timestamptz not null,
  hold_expires_at      timestamptz not null,
  currency             text not null,
  subtotal_minor       bigint not null check (subtotal_minor >= 0),
  discount_minor       bigint not null check (discount_minor >= 0),
  tax_minor            bigint not null check (tax_minor >= 0),
  shipping_minor       bigint not null check (shipping_minor >= 0),
  deposit_minor        bigint not null check (deposit_minor >= 0),
  total_minor          bigint not null check (total_minor >= 0),
  email                text,
  token_version        integer not null default 1,
  request_id           text not null,
  created_at           timestamptz not null,
  primary key (shop_id, order_id),
  constraint order_total_adds_up
    check (total_minor = subtotal_minor - discount_minor + tax_minor + shipping_minor + deposit_minor),
  check ((session_state = 'creating' or session_state = 'refused') or checkout_session_id is not null)
);
create unique index order_by_session on sales_order (shop_id, checkout_session_id) where checkout_session_id is not null;
create unique index one_open_checkout_per_cart on sales_order (shop_id, cart_id)
  where cart_id is not null and session_state in ('creating', 'open');

create table order_line (
  shop_id           text not null,
  order_id          text not null,
  line_number       integer not null,
  sku               text not null,
  name              text not null,
  variant_key       text not null,
  quantity          bigint not null check (quantity > 0),
  unit_price_minor  bigint not null,
  subtotal_minor    bigint not null,
  discount_minor    bigint not null,
  tax_minor         bigint not null,
  deposit_minor     bigint not null,
  rental_from       date,
  rental_to         date,
  primary key (shop_id, order_id, line_number),
  foreign key (shop_id, order_id) references sales_order
);

-- What happened to an order. Keyed by the Stripe object and what it did, so that duplicates and any order of
-- arrival leave the same set.
create table order_fact (
  shop_id      text not null,
  order_id     text not null,
  kind         text not null check (kind in ('session_completed', 'session_expired', 'session_refused', 'payment_succeeded',
                 'payment_processing', 'payment_failed', 'cancel_requested', 'stock_taken_again', 'needs_attention')),
  reference    text not null,
  amount_minor bigint check (amount_minor >= 0),
  currency     text,
  detail       text,
  occurred_at  timestamptz not null,
  recorded_at  timestamptz not null default now(),
  primary key (shop_id, order_id, kind, reference),
  foreign key (shop_id, order_id) references sales_order
);

create table applied_event (
  shop_id          text not null,
  stripe_event_id  text not null,
  applied_at       timestamptz not null default now(),
  primary key (shop_id, stripe_event_id)
);

-- Money that moved: balanced by construction, one debit and one credit of the same amount; never updated.
create table ledger_transfer (
  shop_id         text not null,
  business_fact   text not null,
  debit_account   text not null,
  credit_account  text not null,
  amount_minor    bigint not null check (amount_minor > 0),
  currency        text not null check (currency ~ '^[A-Z]{3}$'),
  order_id        text,
  occurred_at     timestamptz not null,
  recorded_at     timestamptz not null default now(),
  primary key (shop_id, business_fact),
  check (debit_account <> credit_account)
);

-- One row a promise to answer the same request once. running: somebody works on it until lease_until;
-- done: the answer, without its tokens, which are minted again.
create table idempotency_claim (
  shop_id         text not null,
  operation       text not null,
  principal       text not null,
  key             text not null,
  request_hash    text not null,
  state           text not null check (state in ('running', 'done')),
  lease_until     timestamptz not null,
  recovery_point  text,
  answer_status   integer,
  answer_body     jsonb,
  created_at      timestamptz not null default now(),
  primary key (shop_id, operation, principal, key),
  check ((state = 'done') = (answer_status is not null))
);
