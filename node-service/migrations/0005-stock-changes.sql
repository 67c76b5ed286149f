-- What operators did to stock, and what paid for a hold that is no order's. Written once, never changed.

create table stock_change (
  shop_id         text not null,
  change_id       text not null,
  variant_key     text not null,
  kind            text not null check (kind in ('restock', 'correction', 'import')),
  on_hand_before  bigint not null check (on_hand_before >= 0),
  on_hand_after   bigint not null,
  held            bigint not null,
  reason          text not null,
  changed_by      text not null,
  request_id      text not null,
  import_id       text,
  row_number      integer,
  changed_at      timestamptz not null,
  primary key (shop_id, change_id),
  check (0 <= held and held <= on_hand_after),
  check ((kind = 'import') = (import_id is not null)),
  check ((import_id is null) = (row_number is null))
);
create index stock_change_by_variant on stock_change (shop_id, variant_key, change_id);

-- One payment pays for one hold of createHold's.
create table hold_payment (
  shop_id            text not null,
  payment_reference  text not null,
  hold_id            text not null,
  committed_at       timestamptz not null,
  primary key (shop_id, payment_reference),
  foreign key (shop_id, hold_id) references hold
);

-- commitHold finds a payment by its Stripe id.
create index order_fact_by_payment on order_fact (shop_id, reference)
  where kind in ('payment_succeeded', 'payment_processing');

do $$
declare
  tenant_table text;
begin
  foreach tenant_table in array array['stock_change', 'hold_payment'] loop
    execute format('alter table %I enable row level security', tenant_table);
    execute format('alter table %I force row level security', tenant_table);
    execute format(
      'create policy own_shop on %I using (shop_id = current_shop()) with check (shop_id = current_shop())',
      tenant_table
    );
  end loop;
end
$$;

grant select, insert on stock_change, hold_payment to commerce_tenant;
