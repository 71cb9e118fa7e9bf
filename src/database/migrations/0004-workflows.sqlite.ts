/**
 * Workflows and their runs, and what a job says of where it came from.
 *
 * A task of a run is its job: the run has no rows of its own for them. `rank` puts the jobs of a batch behind all others of
 * the same level, so the index that claims read begins anew. `runs_of_upload` holds that an upload starts a workflow once.
 */
export const workflowsSqlite = `
create table workflows (
  id text primary key,
  bucket text not null references buckets(name),
  name text not null,
  state text not null check (state in ('Active', 'Paused')),
  object_prefix text not null,
  topology_json text not null,
  created_at integer not null,
  updated_at integer not null
) strict;
create index workflows_by_bucket on workflows (bucket, created_at, id);
create index workflows_active on workflows (bucket) where state = 'Active';

create table runs (
  id text primary key,
  bucket text not null,
  workflow_id text not null,
  workflow_name text not null,
  state text not null check (state in ('Running', 'Success', 'Failed', 'Cancel')),
  object text not null,
  object_name text not null,
  object_version text,
  topology_json text not null,
  cos_headers_json text not null,
  batch_id text,
  created_at integer not null,
  ended_at integer,
  check ((state = 'Running') = (ended_at is null))
) strict;
create unique index runs_of_upload on runs (workflow_id, object, object_version) where object_version is not null;
create index runs_by_workflow on runs (workflow_id, created_at, id);
create index runs_by_batch on runs (batch_id, created_at, id) where batch_id is not null;
create index runs_ended on runs (ended_at, id) where ended_at is not null;

alter table jobs add column run_id text;
alter table jobs add column node text;
alter table jobs add column workflow_id text;
alter table jobs add column batch_id text;
alter table jobs add column rank integer not null default 0 check (rank in (0, 1));
create unique index jobs_of_run on jobs (run_id, node) where run_id is not null;
create index jobs_by_workflow on jobs (workflow_id, created_at, id) where workflow_id is not null;
create index jobs_by_batch on jobs (batch_id, created_at, id) where batch_id is not null;
drop index jobs_waiting;
-- The claim reads this one from its start: the next job of a queue is its first entry.
create index jobs_waiting on jobs (queue_id, level desc, rank, created_at, id) where state = 'Submitted';

alter table deliveries add column releases_event text;
`
