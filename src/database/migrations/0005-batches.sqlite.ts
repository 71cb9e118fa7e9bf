/**
 * Batches: what they are, how far they are, and no more rows than what is in work or went wrong.
 *
 * `batch_items` has a row for each job or run of a batch that has not been counted as ended; so the counts are right
 * whatever stops in the middle, and a batch over a million objects keeps some hundred rows. `objects.batch_id` says which
 * batch wrote an object: a batch never takes what it wrote itself.
 */
export const batchesSqlite = `
create table batches (
  id text primary key,
  bucket text not null references buckets(name),
  name text not null,
  type text not null check (type in ('Job', 'Workflow')),
  input_kind text not null check (input_kind in ('Prefix', 'Object', 'UrlFile', 'Manifest')),
  input_value text not null,
  workflow_ids_json text not null,
  job_json text,
  start_ms integer,
  end_ms integer,
  jobs_per_object integer not null check (jobs_per_object > 0),
  state text not null check (state in ('Submitted', 'Running', 'Success', 'Failed', 'Cancel')),
  code text not null,
  message text not null,
  created_at integer not null,
  started_at integer,
  ended_at integer,
  place_json text,
  part real check (part between 0 and 1),
  is_listed integer not null default 0 check (is_listed in (0, 1)),
  is_settled integer not null default 0 check (is_settled in (0, 1)),
  progress integer not null default 0 check (progress between 0 and 100),
  listed integer not null default 0,
  created integer not null default 0,
  ended integer not null default 0,
  failed integer not null default 0,
  check ((type = 'Job') = (job_json is not null)),
  check ((state in ('Success', 'Failed', 'Cancel')) = (ended_at is not null)),
  check (is_settled = 0 or ended_at is not null),
  check ((state = 'Success') = (progress = 100))
) strict;
create index batches_by_time on batches (bucket, created_at, id);
create index batches_open on batches (created_at, id) where is_settled = 0;
create index batches_over on batches (ended_at, id) where is_settled = 1;

create table batch_items (
  batch_id text not null references batches(id),
  item_id text not null,
  primary key (batch_id, item_id)
) strict, without rowid;

create table batch_failures (
  batch_id text not null references batches(id),
  number integer not null,
  object text not null,
  code text not null,
  message text not null,
  primary key (batch_id, number)
) strict, without rowid;

create index jobs_waiting_by_batch on jobs (batch_id) where state = 'Submitted' and batch_id is not null;

alter table objects add column batch_id text;
`
