-- Whose a Stripe event is: the customers that each shop was seen with, what an operator needs of a dead letter, and alerts.

-- Which shops a customer has been seen with. Several may share one: only a customer of a single shop says whose an event is.
create table stripe_customer_shop (
  environment         text not null,
  stripe_customer_id  text not null,
  shop_id             text not null references shop,
  first_seen_at       timestamptz not null default now(),
  primary key (environment, stripe_customer_id, shop_id)
);

-- open until an operator replays or discards it; a replay that fails again opens the same letter again.
-- candidate_shops are those that the event points at without proof; it belongs to none of them.
alter table dead_letter
  add column state text not null default 'open' check (state in ('open', 'replayed', 'discarded')),
  add column detail text not null default '',
  add column event_type text,
  add column candidate_shops text[] not null default '{}',
  add column occurrences integer not null default 1 check (occurrences > 0),
  add column updated_at timestamptz not null default now();
update dead_letter
   set updated_at = created_at, event_type = case when source = 'webhook' then payload ->> 'type' end;
create index dead_letter_open on dead_letter (environment, updated_at) where state = 'open';

-- Alerts as they are raised, each in the transaction of what it tells of. Only ever inserted, so that nobody waits for
-- another's alert; a platform loop adds them up and deletes them. A tenant's transaction knows no environment: null there.
create table alert_occurrence (
  occurrence_id  bigint generated always as identity primary key,
  environment    text,
  kind           text not null,
  shop_id        text,
  reason         text not null,
  reference      text not null,
  detail         text not null,
  occurred_at    timestamptz not null default clock_timestamp()
);

-- One group for each kind, shop and reason. What has not been told yet is occurrences - told; a delivery under way is
-- frozen in sending, so that its repetition says the same under the same key.
create table alert (
  alert_id         text primary key,
  environment      text not null,
  kind             text not null,
  shop_id          text,
  reason           text not null,
  occurrences      bigint not null,
  told             bigint not null default 0,
  untold_since     timestamptz,
  last_at          timestamptz not null,
  last_reference   text not null,
  last_detail      text not null,
  delivery_number  integer not null default 0,
  sending          jsonb,
  sending_count    bigint,
  failures         integer not null default 0,
  quiet_seconds    integer not null default 0,
  delivered_at     timestamptz,
  due_at           timestamptz not null default now(),
  unique nulls not distinct (environment, kind, shop_id, reason),
  check (told <= occurrences),
  check ((sending is null) = (sending_count is null))
);

-- An alert of the tenant's own shop.
create function raise_alert(p_kind text, p_reason text, p_reference text, p_detail text)
returns void language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  insert into alert_occurrence (kind, shop_id, reason, reference, detail)
  values (p_kind, current_shop(), p_reason, p_reference, p_detail)
$$;

-- As before, and an object that was known without its order learns it.
create or replace function claim_stripe_object(p_environment text, p_object_type text, p_stripe_id text, p_order_id text)
returns void language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  owner text;
begin
  insert into stripe_object_shop_map as known (environment, object_type, stripe_id, shop_id, order_id)
  values (p_environment, p_object_type, p_stripe_id, current_shop(), p_order_id)
  on conflict (environment, object_type, stripe_id) do update set order_id = excluded.order_id
   where known.shop_id = excluded.shop_id and known.order_id is null and excluded.order_id is not null;
  select shop_id into owner from stripe_object_shop_map
   where environment = p_environment and object_type = p_object_type and stripe_id = p_stripe_id;
  if owner <> current_shop() then
    raise exception 'stripe object % belongs to another shop', p_stripe_id using errcode = 'insufficient_privilege';
  end if;
end
$$;

-- Many objects of the tenant's own records at once ([{objectType, stripeId, orderId}], each once): what is another shop's
-- stays so, and is answered as a conflict. A customer is learnt, not claimed: several shops may have it.
create function backfill_stripe_objects(p_environment text, p_objects jsonb)
returns table (object_type text, stripe_id text, outcome text)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
#variable_conflict use_column
declare
  shop text := current_shop();
  added text[];
begin
  with given as (
    select g.* from jsonb_to_recordset(p_objects) as g ("objectType" text, "stripeId" text, "orderId" text)
     order by "objectType", "stripeId"
  ), claimed as (
    insert into stripe_object_shop_map (environment, object_type, stripe_id, shop_id, order_id)
    select p_environment, "objectType", "stripeId", shop, "orderId" from given where "objectType" <> 'customer'
    on conflict do nothing returning object_type || ' ' || stripe_id as id
  ), learnt as (
    insert into stripe_customer_shop (environment, stripe_customer_id, shop_id)
    select p_environment, "stripeId", shop from given where "objectType" = 'customer'
    on conflict do nothing returning 'customer ' || stripe_customer_id as id
  )
  select array(select id from claimed union all select id from learnt) into added;

  update stripe_object_shop_map known set order_id = g."orderId"
    from jsonb_to_recordset(p_objects) as g ("objectType" text, "stripeId" text, "orderId" text)
   where known.environment = p_environment and known.object_type = g."objectType" and known.stripe_id = g."stripeId"
     and known.shop_id = shop and known.order_id is null and g."orderId" is not null;

  return query
  select g."objectType", g."stripeId",
         case when g."objectType" || ' ' || g."stripeId" = any (added) then 'added'
              when known.shop_id <> shop then 'conflict'
              else 'known' end
    from jsonb_to_recordset(p_objects) as g ("objectType" text, "stripeId" text)
    left join stripe_object_shop_map known
      on g."objectType" <> 'customer'
     and known.environment = p_environment and known.object_type = g."objectType" and known.stripe_id = g."stripeId";
end
$$;

revoke all on function raise_alert(text, text, text, text) from public;
revoke all on function backfill_stripe_objects(text, jsonb) from public;
grant execute on function raise_alert(text, text, text, text) to commerce_tenant;
grant execute on function backfill_stripe_objects(text, jsonb) to commerce_tenant;

grant select, insert on stripe_customer_shop to commerce_platform;
grant select, insert, delete on alert_occurrence to commerce_platform;
grant select, insert, update on alert to commerce_platform;
