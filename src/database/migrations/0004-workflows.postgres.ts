/**
 * Workflows and their runs, for PostgreSQL: the same as for SQLite, constraint by constraint.
 */
export const workflowsPostgres = `
create table workflows (
  id text collate "C" primary key,
  bucket text collate "C" not null references buckets(name),
  name text collate "C" not null,
  state text collate "C" not null check (state in ('Active', 'Paused')),
  object_prefix text collate "C" not null,
  topology_json text collate "C" not null,
  created_at bigint not null,
  updated_at bigint not null
);
create index workflows_by_bucket on workflows (bucket, created_at, id);
create index workflows_active on workflows (bucket) where state = 'Active';

create table runs (
  id text collate "C" primary key,
  bucket text collate "C" not null,
  workflow_id text collate "C" not null,
  workflow_name text collate "C" not null,
  state text collate "C" not null check (state in ('Running', 'Success', 'Failed', 'Cancel')),
  object text collate "C" not null,
  object_name text collate "C" not null,
  object_version text collate "C",
  topology_json text collate "C" not null,
  cos_headers_json text collate "C" not null,
  batch_id text collate "C",
  created_at bigint not null,
  ended_at bigint,
  check ((state = 'Running') = (ended_at is null))
);
create unique index runs_of_upload on runs (workflow_id, object, object_version) where object_version is not null;
create index runs_by_workflow on runs (workflow_id, created_at, id);
create index runs_by_batch on runs (batch_id, created_at, id) where batch_id is not null;
create index runs_ended on runs (ended_at, id) where ended_at is not null;

alter table jobs add column run_id text collate "C";
alter table jobs add column node text collate "C";
alter table jobs add column workflow_id text collate "C";
alter table jobs add column batch_id text collate "C";
alter table jobs add column rank integer not null default 0 check (rank in (0, 1));
create unique index jobs_of_run on jobs (run_id, node) where run_id is not null;
create index jobs_by_workflow on jobs (workflow_id, created_at, id) where workflow_id is not null;
create index jobs_by_batch on jobs (batch_id, created_at, id) where batch_id is not null;
drop index jobs_waiting;
-- The claim reads this one from its start: the next job of a queue is its first entry.
create index jobs_waiting on jobs (queue_id, level desc, rank, created_at, id) where state = 'Submitted';

alter table deliveries add column releases_event text collate "C";
`
