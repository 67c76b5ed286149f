-- Webhook events come, wait and are measured in numbers.

-- A job for each event, in one statement: [{shopId, requestId, stripeEventId}]. As enqueue_job, for the platform alone.
-- Its flag lets a worker pass over a shop that uses its share of it.
create function enqueue_events(p_jobs json, p_max_attempts integer) returns bigint language plpgsql as $$
declare
  enqueued bigint;
begin
  if p_jobs is null then
    return 0;
  end if;
  if exists (select from json_array_elements(p_jobs) as job
              where coalesce(job ->> 'shopId', '') = '' or coalesce(job ->> 'requestId', '') = '') then
    raise exception 'a job carries its shop and its request id' using errcode = 'invalid_parameter_value';
  end if;
  select count(*) into enqueued
    from graphile_worker.add_jobs(array(
           select row('process_stripe_event', job, null, null, p_max_attempts, null, null, array['shop:' || (job ->> 'shopId')])::graphile_worker.job_spec
             from json_array_elements(p_jobs) as job));
  return enqueued;
end
$$;
revoke all on function enqueue_events(json, integer) from public;
grant execute on function enqueue_events(json, integer) to commerce_platform;

-- As before, with the flag.
create or replace function enqueue_job(p_shop_id text, p_task text, p_payload json, p_run_at timestamptz, p_job_key text, p_max_attempts integer)
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
    max_attempts => p_max_attempts, flags => array['shop:' || p_shop_id], job_key_mode => 'preserve_run_at'
  );
end
$$;

-- What waits, by shop and age; those without a shop are looked at again by the same index.
create index webhook_inbox_waiting on webhook_inbox (environment, shop_id, received_at) where status = 'received';
drop index webhook_inbox_unresolved;

-- A shop is never deleted, and an event's is looked up in the statement before: the check of each row cost a quarter of
-- what its insertion does.
alter table webhook_inbox drop constraint webhook_inbox_shop_id_fkey;

-- An event without a shop is looked at again and again: how often, and when last. Whoever was looked at longest ago is next.
alter table webhook_inbox
  add column looks integer not null default 0,
  add column looked_at timestamptz not null default now();
