-- Which shop a host belongs to, and how it is served. Written by mapping/write-mapping.ts alone.
create table host_mapping (
  host text primary key,
  shop_id text not null,
  canonical_host text not null,
  kind text not null check (kind in ('canonical', 'alias', 'vanity')),
  mode text not null check (mode in ('active', 'landing_only', 'redirect_only', 'expired')),
  default_locale text not null,
  locales text not null check (json_valid(locales)),
  expires_at text,
  runtime_id text,
  version integer not null check (version > 0),
  updated_at text not null,
  updated_by text not null,
  check ((kind = 'canonical') = (host = canonical_host))
) strict;

create index host_mapping_by_shop on host_mapping (shop_id, host);
create index host_mapping_by_canonical_host on host_mapping (canonical_host);

-- One row for each version that a host has ever had. The unique pair is what makes the loser of two simultaneous
-- writes fail as a whole: both write version n + 1, and the second audit row cannot be inserted.
create table host_mapping_audit (
  audit_id integer primary key,
  host text not null,
  version integer not null,
  changed_at text not null,
  changed_by text not null,
  reason text not null,
  request_id text not null,
  before text check (before is null or json_valid(before)),
  after text check (after is null or json_valid(after)),
  unique (host, version)
) strict;
