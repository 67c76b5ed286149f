-- Customers, subscriptions and invoices, as Stripe's events tell of them. What an event says is kept as a fact; the rows
-- that are read (customer, subscription, invoice) are computed from the facts of one object, under its row's lock.

-- An object that was heard of. Whoever applies an event of it locks this row.
create table billing_object (
  shop_id        text not null,
  object_type    text not null check (object_type in ('customer', 'subscription', 'invoice')),
  stripe_id      text not null,
  first_seen_at  timestamptz not null default now(),
  primary key (shop_id, object_type, stripe_id)
);

-- What an object was said to be at a moment. begun, told and ended are an event's, by its id; fetched is Stripe's answer
-- where events of one second say different things, by the second and how many of them were known.
create table billing_fact (
  shop_id      text not null,
  object_type  text not null,
  stripe_id    text not null,
  kind         text not null check (kind in ('begun', 'told', 'ended', 'fetched')),
  reference    text not null,
  seen_at      timestamptz not null,
  content      jsonb not null,
  recorded_at  timestamptz not null default now(),
  primary key (shop_id, object_type, stripe_id, kind, reference),
  foreign key (shop_id, object_type, stripe_id) references billing_object
);
-- The newest facts of an object decide; one that is changed every hour for years has very many.
create index billing_fact_newest on billing_fact (shop_id, object_type, stripe_id, seen_at);

-- customer_id is the subject of the customer's tokens, from the metadata that it was made with. Two customers of Stripe
-- may name one: nothing that Stripe sends can be refused for it.
create table customer (
  shop_id             text not null,
  stripe_customer_id  text not null,
  customer_id         text,
  is_deleted          boolean not null,
  seen_at             timestamptz not null,
  primary key (shop_id, stripe_customer_id)
);
create index customer_by_subject on customer (shop_id, customer_id) where customer_id is not null;

-- items: [{ itemId, priceId, quantity, currentPeriodStart, currentPeriodEnd }], times in Unix seconds. The period is that
-- of the item that is renewed first.
create table subscription (
  shop_id                 text not null,
  stripe_subscription_id  text not null,
  stripe_customer_id      text not null,
  status                  text not null check (status in ('incomplete', 'incomplete_expired', 'trialing', 'active', 'past_due',
                            'canceled', 'unpaid', 'paused')),
  currency                text not null check (currency ~ '^[A-Z]{3}$'),
  items                   jsonb not null,
  current_period_start    timestamptz,
  current_period_end      timestamptz,
  cancel_at_period_end    boolean not null,
  cancel_at               timestamptz,
  canceled_at             timestamptz,
  ended_at                timestamptz,
  trial_end               timestamptz,
  is_collection_paused    boolean not null,
  latest_invoice_id       text,
  seen_at                 timestamptz not null,
  primary key (shop_id, stripe_subscription_id)
);
create index subscription_by_customer on subscription (shop_id, stripe_customer_id);

-- Amounts are ISO 4217 minor units; a total below zero is a credit.
create table invoice (
  shop_id                 text not null,
  stripe_invoice_id       text not null,
  stripe_customer_id      text,
  stripe_subscription_id  text,
  status                  text not null check (status in ('draft', 'open', 'uncollectible', 'void', 'paid')),
  billing_reason          text,
  currency                text not null check (currency ~ '^[A-Z]{3}$'),
  total_minor             bigint not null,
  amount_due_minor        bigint not null,
  amount_paid_minor       bigint not null check (amount_paid_minor >= 0),
  amount_remaining_minor  bigint not null,
  attempt_count           integer not null check (attempt_count >= 0),
  next_payment_attempt    timestamptz,
  created_at              timestamptz not null,
  paid_at                 timestamptz,
  seen_at                 timestamptz not null,
  primary key (shop_id, stripe_invoice_id)
);
create index invoice_by_subscription on invoice (shop_id, stripe_subscription_id) where stripe_subscription_id is not null;

-- Money that came in for an invoice: a fact, by Stripe's id of it.
create table invoice_payment (
  shop_id                    text not null,
  stripe_invoice_payment_id  text not null,
  stripe_invoice_id          text not null,
  amount_minor               bigint not null check (amount_minor >= 0),
  currency                   text not null check (currency ~ '^[A-Z]{3}$'),
  paid_by                    text not null,
  payment_reference          text,
  paid_at                    timestamptz not null,
  recorded_at                timestamptz not null default now(),
  primary key (shop_id, stripe_invoice_payment_id)
);
create index invoice_payment_by_invoice on invoice_payment (shop_id, stripe_invoice_id);
create index invoice_payment_by_payment on invoice_payment (shop_id, payment_reference) where payment_reference is not null;

do $$
declare
  tenant_table text;
begin
  foreach tenant_table in array array['billing_object', 'billing_fact', 'customer', 'subscription', 'invoice', 'invoice_payment'] loop
    execute format('alter table %I enable row level security', tenant_table);
    execute format('alter table %I force row level security', tenant_table);
    execute format(
      'create policy own_shop on %I using (shop_id = (select current_shop())) with check (shop_id = (select current_shop()))',
      tenant_table
    );
  end loop;
end
$$;

-- for update needs the right to update; its one column of interest never changes.
grant select, insert, update on billing_object, customer, subscription, invoice to commerce_tenant;
grant select, insert on billing_fact, invoice_payment to commerce_tenant;
