-- What a sale pays for each row that it writes, and gets nothing for.

-- A hold and its lines are written by one statement and never deleted, and its lines are written nowhere else: the check
-- of each line against its hold cost as much as the insertion of the hold. `getInventoryAudit` adds both up.
alter table hold_line drop constraint hold_line_shop_id_hold_id_fkey;

-- The shop of the transaction is asked for once a statement, not once a row.
do $$
declare
  tenant_table text;
begin
  for tenant_table in select tablename from pg_policies where schemaname = 'public' and policyname = 'own_shop'
  loop
    execute format(
      'alter policy own_shop on %I using (shop_id = (select current_shop())) with check (shop_id = (select current_shop()))',
      tenant_table
    );
  end loop;
end
$$;
