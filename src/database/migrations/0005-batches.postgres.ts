/**
 * Batches, for PostgreSQL: the same as for SQLite, constraint by constraint.
 */
export const batchesPostgres = `
create table batches (
  id text collate "C" primary key,
  bucket text collate "C" not null references buckets(name),
  name text collate "C" not null,
  type text collate "C" not null check (type in ('Job', 'Workflow')),
  input_kind text collate "C" not null check (input_kind in ('Prefix', 'Object', 'UrlFile', 'Manifest')),
  input_value text collate "C" not null,
  workflow_ids_json text collate "C" not null,
  job_json text collate "C",
  start_ms bigint,
  end_ms bigint,
  jobs_per_object integer not null check (jobs_per_object > 0),
  state text collate "C" not null check (state in ('Submitted', 'Running', 'Success', 'Failed', 'Cancel')),
  code text collate "C" not null,
  message text collate "C" not null,
  created_at bigint not null,
  started_at bigint,
  ended_at bigint,
  place_json text collate "C",
  part double precision check (part between 0 and 1),
  is_listed integer not null default 0 check (is_listed in (0, 1)),
  is_settled integer not null default 0 check (is_settled in (0, 1)),
  progress integer not null default 0 check (progress between 0 and 100),
  listed bigint not null default 0,
  created bigint not null default 0,
  ended bigint not null default 0,
  failed bigint not null default 0,
  check ((type = 'Job') = (job_json is not null)),
  check ((state in ('Success', 'Failed', 'Cancel')) = (ended_at is not null)),
  check (is_settled = 0 or ended_at is not null),
  check ((state = 'Success') = (progress = 100))
);
create index batches_by_time on batches (bucket, created_at, id);
create index batches_open on batches (created_at, id) where is_settled = 0;
create index batches_over on batches (ended_at, id) where is_settled = 1;

create table batch_items (
  batch_id text collate "C" not null references batches(id),
  item_id text collate "C" not null,
  primary key (batch_id, item_id)
);

create table batch_failures (
  batch_id text collate "C" not null references batches(id),
  number integer not null,
  object text collate "C" not null,
  code text collate "C" not null,
  message text collate "C" not null,
  primary key (batch_id, number)
);

create index jobs_waiting_by_batch on jobs (batch_id) where state = 'Submitted' and batch_id is not null;

alter table objects add column batch_id text collate "C";
`
