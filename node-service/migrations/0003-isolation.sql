-- The shop of this transaction. Raises when none was set: a pooled connection keeps an empty setting, and a query
-- that forgets its shop must fail, not see nothing.
create function current_shop() returns text language plpgsql stable parallel safe as $$
declare
  shop text := nullif(current_setting('app.shop_id', true), '');
begin
  if shop is null then
    raise exception 'no shop is set for this transaction' using errcode = 'insufficient_privilege';
  end if;
  return shop;
end
$$;

do $$
declare
  tenant_table text;
begin
  foreach tenant_table in array array[
    'tax_rate', 'product', 'variant', 'shipping_rate', 'coupon', 'coverage', 'stock', 'hold', 'hold_line',
    'sales_order', 'order_line', 'order_fact', 'applied_event', 'ledger_transfer', 'idempotency_claim'
  ] loop
    execute format('alter table %I enable row level security', tenant_table);
    execute format('alter table %I force row level security', tenant_table);
    execute format(
      'create policy own_shop on %I using (shop_id = current_shop()) with check (shop_id = current_shop())',
      tenant_table
    );
  end loop;
end
$$;

grant select on tax_rate, product, variant, shipping_rate, coupon, coverage to commerce_tenant;
grant select, insert, update on stock, hold, hold_line, sales_order, order_line to commerce_tenant;
grant select, insert, update, delete on idempotency_claim to commerce_tenant;
grant select, insert on order_fact, applied_event, ledger_transfer to commerce_tenant;

-- The tenant role may add its own shop's objects to the map, and learns when one is another shop's.
create function claim_stripe_object(p_environment text, p_object_type text, p_stripe_id text, p_order_id text)
returns void language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  owner text;
begin
  insert into stripe_object_shop_map (environment, object_type, stripe_id, shop_id, order_id)
  values (p_environment, p_object_type, p_stripe_id, current_shop(), p_order_id)
  on conflict do nothing;
  select shop_id into owner from stripe_object_shop_map
   where environment = p_environment and object_type = p_object_type and stripe_id = p_stripe_id;
  if owner <> current_shop() then
    raise exception 'stripe object % belongs to another shop', p_stripe_id using errcode = 'insufficient_privilege';
  end if;
end
$$;

-- The one way to a job: it has a shop and a request id, and a tenant enqueues for its own shop alone.
create function enqueue_job(p_shop_id text, p_task text, p_payload json, p_run_at timestamptz, p_job_key text, p_max_attempts integer)
returns void language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if coalesce(p_shop_id, '') = '' or p_payload ->> 'shopId' is distinct from p_shop_id then
    raise exception 'a job carries its shop' using errcode = 'invalid_parameter_value';
  end if;
  if coalesce(p_payload ->> 'requestId', '') = '' then
    raise exception 'a job carries its request id' using errcode = 'invalid_parameter_value';
  end if;
  if session_user <> 'commerce_platform' and p_shop_id <> current_shop() then
    raise exception 'a job of another shop' using errcode = 'insufficient_privilege';
  end if;
  perform graphile_worker.add_job(
    identifier => p_task, payload => p_payload, run_at => p_run_at, job_key => p_job_key,
    max_attempts => p_max_attempts, job_key_mode => 'preserve_run_at'
  );
end
$$;

grant create on schema public to commerce_platform;
alter function enqueue_job(text, text, json, timestamptz, text, integer) owner to commerce_platform;
revoke create on schema public from commerce_platform;

revoke all on function claim_stripe_object(text, text, text, text) from public;
revoke all on function enqueue_job(text, text, json, timestamptz, text, integer) from public;
grant execute on function claim_stripe_object(text, text, text, text) to commerce_tenant;
grant execute on function enqueue_job(text, text, json, timestamptz, text, integer) to commerce_tenant, commerce_platform;
