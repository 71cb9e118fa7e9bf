/**
 * The first tables, for PostgreSQL: the same as for SQLite, constraint by constraint. Every text is `COLLATE "C"`: keys
 * and ids compare bytewise, whatever language the database was made for, and the bytes are what is stored anyway.
 */
export const firstTablesPostgres = `
create table buckets (
  name text collate "C" primary key,
  region text collate "C" not null,
  created_at bigint not null
);

create table objects (
  bucket text collate "C" not null references buckets(name),
  key text collate "C" not null check (length(key) > 0),
  blob_id text collate "C" not null,
  size bigint not null check (size >= 0),
  etag text collate "C" not null,
  crc64 text collate "C" not null,
  content_type text collate "C" not null,
  headers_json text collate "C" not null,
  version text collate "C" not null,
  request_id text collate "C" not null,
  event_name text collate "C" not null,
  origin text collate "C" not null check (origin in ('client', 'job', 'operation', 'import')),
  last_modified bigint not null,
  primary key (bucket, key)
);
create index objects_by_blob on objects (blob_id);

create table queues (
  id text collate "C" primary key,
  bucket text collate "C" not null references buckets(name),
  name text collate "C" not null,
  state text collate "C" not null check (state in ('Active', 'Paused')),
  notify_json text collate "C" not null,
  max_size integer not null,
  max_concurrent integer not null,
  created_at bigint not null,
  updated_at bigint not null
);
create index queues_by_bucket on queues (bucket, created_at);

create table templates (
  id text collate "C" primary key,
  bucket text collate "C" not null references buckets(name),
  tag text collate "C" not null,
  name text collate "C" not null,
  is_pic_info integer not null check (is_pic_info in (0, 1)),
  process_rule text collate "C" not null,
  created_at bigint not null,
  updated_at bigint not null,
  unique (bucket, tag, name)
);
create index templates_by_bucket on templates (bucket, created_at, id);

create table jobs (
  id text collate "C" primary key,
  bucket text collate "C" not null,
  region text collate "C" not null,
  queue_id text collate "C" not null,
  state text collate "C" not null check (state in ('Submitted', 'Running', 'Success', 'Failed', 'Cancel')),
  code text collate "C" not null,
  message text collate "C" not null,
  level integer not null check (level in (0, 1, 2)),
  created_at bigint not null,
  started_at bigint,
  ended_at bigint,
  not_before bigint not null,
  input_object text collate "C" not null,
  output_bucket text collate "C" not null,
  output_region text collate "C" not null,
  output_object text collate "C" not null,
  template_id text collate "C",
  template_name text collate "C",
  is_pic_info integer not null check (is_pic_info in (0, 1)),
  process_rule text collate "C" not null,
  inline_json text collate "C",
  user_data text collate "C",
  callback_url text collate "C",
  callback_format text collate "C" check (callback_format in ('XML', 'JSON')),
  result_json text collate "C",
  origin_json text collate "C",
  lease_token text collate "C",
  tries integer not null default 0,
  blames integer not null default 0,
  unclean_ends integer not null default 0,
  check ((state = 'Running') = (lease_token is not null)),
  check ((state in ('Success', 'Failed', 'Cancel')) = (ended_at is not null)),
  check ((state = 'Success') = (result_json is not null))
);
-- The claim reads this one from its start: the next job of a queue is its first entry.
create index jobs_waiting on jobs (queue_id, level desc, created_at, id) where state = 'Submitted';
-- Few: jobs that wait to be tried again. A job that was not tried yet may start at once.
create index jobs_retried on jobs (not_before) where state = 'Submitted' and tries > 0;
create index jobs_running on jobs (queue_id) where state = 'Running';
create index jobs_by_time on jobs (bucket, created_at, id);
create index jobs_by_input on jobs (bucket, input_object, created_at, id);

create table events (
  id text collate "C" primary key,
  name text collate "C" not null check (name in ('TaskFinish', 'WorkflowFinish', 'WorkflowStart')),
  subject text collate "C" not null,
  bucket text collate "C" not null,
  created_at bigint not null,
  unique (subject, name)
);

create table deliveries (
  id text collate "C" primary key,
  event_id text collate "C" not null references events(id),
  event_name text collate "C" not null,
  subject text collate "C" not null,
  url text collate "C" not null,
  origin text collate "C" not null,
  content_type text collate "C" not null,
  body bytea not null,
  state text collate "C" not null check (state in ('Waiting', 'Sending', 'Delivered', 'Dead', 'Cancelled')),
  created_at bigint not null,
  due_at bigint,
  ended_at bigint,
  lease_token text collate "C",
  lease_until bigint,
  attempts integer not null default 0,
  check ((state = 'Waiting') = (due_at is not null)),
  check ((state = 'Sending') = (lease_token is not null))
);
create index deliveries_due on deliveries (due_at) where state = 'Waiting';
-- The claim goes from origin to origin with this one, so that a long line at one of them is never read through.
create index deliveries_due_by_origin on deliveries (origin, due_at, id) where state = 'Waiting';
create index deliveries_leased on deliveries (lease_until) where state = 'Sending';
create index deliveries_by_subject on deliveries (subject, created_at);

create table attempts (
  delivery_id text collate "C" not null references deliveries(id),
  number integer not null,
  started_at bigint not null,
  duration_ms integer not null,
  address text collate "C",
  status integer,
  answer text collate "C" not null,
  error text collate "C",
  primary key (delivery_id, number)
);

create table secrets (
  purpose text collate "C" not null,
  value text collate "C" not null,
  created_at bigint not null,
  primary key (purpose, value)
);
`
