-- What the control plane needs beside the mapping itself. Names follow the contract (contracts/ops/v1).

-- Which configuration of the shop the storefront shows at this host.
alter table host_mapping add column configuration_id text;

-- What the cache holds of each host that was ever written, mapped or deleted. A write sets `version` in its own
-- transaction; mapping/publish-mapping.ts sets the rest once the cache has taken that version.
create table host_cache_state (
  host text primary key,
  -- The version that the database has, a deletion's too.
  version integer not null check (version > 0),
  changed_at text not null default '1970-01-01T00:00:00.000Z',
  -- The version that was put into the cache last; another one than `version`, 0 for instance, asks for publication.
  cached_version integer not null default 0,
  cached_at text,
  -- From then on the sweep publishes it again, although nothing has changed. Null: never.
  due_at text
) strict;

-- The sweep runs every minute and reads only what it has to publish.
create index host_cache_state_unpublished on host_cache_state (host) where cached_version <> version;
create index host_cache_state_due on host_cache_state (due_at) where due_at is not null;

-- Whatever was mapped before is published by the first sweep.
insert into host_cache_state (host, version) select host, version from host_mapping;
