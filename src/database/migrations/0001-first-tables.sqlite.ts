/**
 * The first tables, for SQLite. Keys are compared bytewise (SQLite's BINARY collation does so already); states are
 * guarded by constraints, so that no query can write one that the state machine does not know.
 */
export const firstTablesSqlite = `
create table buckets (
  name text primary key,
  region text not null,
  created_at integer not null
) strict;

create table objects (
  bucket text not null references buckets(name),
  key text not null check (length(key) > 0),
  blob_id text not null,
  size integer not null check (size >= 0),
  etag text not null,
  crc64 text not null,
  content_type text not null,
  headers_json text not null,
  version text not null,
  request_id text not null,
  event_name text not null,
  origin text not null check (origin in ('client', 'job', 'operation', 'import')),
  last_modified integer not null,
  primary key (bucket, key)
) strict, without rowid;
create index objects_by_blob on objects (blob_id);

create table queues (
  id text primary key,
  bucket text not null references buckets(name),
  name text not null,
  state text not null check (state in ('Active', 'Paused')),
  notify_json text not null,
  max_size integer not null,
  max_concurrent integer not null,
  created_at integer not null,
  updated_at integer not null
) strict;
create index queues_by_bucket on queues (bucket, created_at);

create table templates (
  id text primary key,
  bucket text not null references buckets(name),
  tag text not null,
  name text not null,
  is_pic_info integer not null check (is_pic_info in (0, 1)),
  process_rule text not null,
  created_at integer not null,
  updated_at integer not null,
  unique (bucket, tag, name)
) strict;
create index templates_by_bucket on templates (bucket, created_at, id);

create table jobs (
  id text primary key,
  bucket text not null,
  region text not null,
  queue_id text not null,
  state text not null check (state in ('Submitted', 'Running', 'Success', 'Failed', 'Cancel')),
  code text not null,
  message text not null,
  level integer not null check (level in (0, 1, 2)),
  created_at integer not null,
  started_at integer,
  ended_at integer,
  not_before integer not null,
  input_object text not null,
  output_bucket text not null,
  output_region text not null,
  output_object text not null,
  template_id text,
  template_name text,
  is_pic_info integer not null check (is_pic_info in (0, 1)),
  process_rule text not null,
  inline_json text,
  user_data text,
  callback_url text,
  callback_format text check (callback_format in ('XML', 'JSON')),
  result_json text,
  origin_json text,
  lease_token text,
  tries integer not null default 0,
  blames integer not null default 0,
  unclean_ends integer not null default 0,
  check ((state = 'Running') = (lease_token is not null)),
  check ((state in ('Success', 'Failed', 'Cancel')) = (ended_at is not null)),
  check ((state = 'Success') = (result_json is not null))
) strict;
-- The claim reads this one from its start: the next job of a queue is its first entry.
create index jobs_waiting on jobs (queue_id, level desc, created_at, id) where state = 'Submitted';
-- Few: jobs that wait to be tried again. A job that was not tried yet may start at once.
create index jobs_retried on jobs (not_before) where state = 'Submitted' and tries > 0;
create index jobs_running on jobs (queue_id) where state = 'Running';
create index jobs_by_time on jobs (bucket, created_at, id);
create index jobs_by_input on jobs (bucket, input_object, created_at, id);

create table events (
  id text primary key,
  name text not null check (name in ('TaskFinish', 'WorkflowFinish', 'WorkflowStart')),
  subject text not null,
  bucket text not null,
  created_at integer not null,
  unique (subject, name)
) strict;

create table deliveries (
  id text primary key,
  event_id text not null references events(id),
  event_name text not null,
  subject text not null,
  url text not null,
  origin text not null,
  content_type text not null,
  body blob not null,
  state text not null check (state in ('Waiting', 'Sending', 'Delivered', 'Dead', 'Cancelled')),
  created_at integer not null,
  due_at integer,
  ended_at integer,
  lease_token text,
  lease_until integer,
  attempts integer not null default 0,
  check ((state = 'Waiting') = (due_at is not null)),
  check ((state = 'Sending') = (lease_token is not null))
) strict;
create index deliveries_due on deliveries (due_at) where state = 'Waiting';
-- The claim goes from origin to origin with this one, so that a long line at one of them is never read through.
create index deliveries_due_by_origin on deliveries (origin, due_at, id) where state = 'Waiting';
create index deliveries_leased on deliveries (lease_until) where state = 'Sending';
create index deliveries_by_subject on deliveries (subject, created_at);

create table attempts (
  delivery_id text not null references deliveries(id),
  number integer not null,
  started_at integer not null,
  duration_ms integer not null,
  address text,
  status integer,
  answer text not null,
  error text,
  primary key (delivery_id, number)
) strict, without rowid;

create table secrets (
  purpose text not null,
  value text not null,
  created_at integer not null,
  primary key (purpose, value)
) strict;
`
