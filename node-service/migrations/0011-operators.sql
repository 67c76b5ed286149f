-- What operators do about webhooks, each act with who, when and why, in the transaction of the act.

-- To letters, whosever they are. Written once, never changed.
create table operator_act (
  act_id       text primary key,
  environment  text not null,
  kind         text not null check (kind in ('replay_dead_letter', 'discard_dead_letter')),
  subject      text not null,
  shop_id      text references shop,
  reason       text not null,
  acted_by     text not null,
  request_id   text not null,
  acted_at     timestamptz not null
);
create index operator_act_by_shop on operator_act (shop_id, act_id);
create index operator_act_by_subject on operator_act (subject, act_id);

-- To a shop's Stripe objects. Written once, never changed.
create table shop_act (
  shop_id     text not null,
  act_id      text not null,
  kind        text not null check (kind in ('propose_stripe_object', 'associate_stripe_object', 'approve_stripe_object',
                'backfill_stripe_objects')),
  subject     text not null,
  reason      text not null,
  acted_by    text not null,
  request_id  text not null,
  acted_at    timestamptz not null,
  primary key (shop_id, act_id)
);
create index shop_act_by_subject on shop_act (shop_id, subject, act_id);

-- An object that an operator says is this shop's. proposed: another operator has yet to approve it, and the map does not
-- have it; associated: the map has it.
create table stripe_object_association (
  shop_id      text not null,
  environment  text not null,
  object_type  text not null,
  stripe_id    text not null,
  state        text not null check (state in ('proposed', 'associated')),
  reason       text not null,
  proposed_by  text not null,
  proposed_at  timestamptz not null,
  approved_by  text,
  approved_at  timestamptz,
  primary key (shop_id, environment, stripe_id),
  check ((approved_by is null) = (approved_at is null)),
  check (approved_by is null or state = 'associated'),
  check (approved_by <> proposed_by)
);

do $$
declare
  tenant_table text;
begin
  foreach tenant_table in array array['shop_act', 'stripe_object_association'] loop
    execute format('alter table %I enable row level security', tenant_table);
    execute format('alter table %I force row level security', tenant_table);
    execute format(
      'create policy own_shop on %I using (shop_id = (select current_shop())) with check (shop_id = (select current_shop()))',
      tenant_table
    );
  end loop;
end
$$;

grant select, insert on operator_act to commerce_platform;
grant select, insert on shop_act, stripe_object_association to commerce_tenant;
grant update (state, approved_by, approved_at) on stripe_object_association to commerce_tenant;

-- The letters that name an object: every text in an event's object that has the form of a Stripe id.
create index dead_letter_by_object on dead_letter using gin
  ((jsonb_path_query_array(payload, '$.data.object.** ? (@ like_regex "^[a-z]{2,10}_[A-Za-z0-9_]+$")')) jsonb_path_ops);

-- The inbox as operators page through it.
create index webhook_inbox_by_time on webhook_inbox (received_at, stripe_event_id);
