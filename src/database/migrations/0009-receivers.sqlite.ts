/**
 * Receivers as somebody can look at them and switch them off, and what a delivery says of where it came from and goes.
 *
 * `Held` joins the states of a delivery. SQLite changes no constraint of a table that is there, and the table is the largest
 * but one, so its text is changed in place: SQLite's own way for constraints that become wider
 * (https://www.sqlite.org/lang_altertable.html, section 7).
 *
 * `receiver` is empty for deliveries from before; they are sent like all others, and counted to nobody.
 */
export const receiversSqlite = `
pragma writable_schema = on;
update sqlite_schema set sql = replace(sql, '''Dead'', ''Cancelled'')', '''Dead'', ''Cancelled'', ''Held'')')
  where type = 'table' and name = 'deliveries';
pragma writable_schema = reset;

alter table deliveries add column receiver text;
alter table deliveries add column queue_id text;
alter table deliveries add column workflow_id text;
alter table deliveries add column by_queue integer not null default 0 check (by_queue in (0, 1));
alter table deliveries add column round_at integer;
alter table deliveries add column round_attempts integer not null default 0;
create index deliveries_by_time on deliveries (created_at, id);
create index deliveries_by_receiver on deliveries (receiver, created_at, id) where receiver is not null;
create index deliveries_held on deliveries (receiver, created_at, id) where state = 'Held';
create index deliveries_dead on deliveries (created_at, id) where state = 'Dead';

create table receivers (
  id text primary key,
  address text not null unique,
  origin text not null,
  is_enabled integer not null default 1 check (is_enabled in (0, 1)),
  switched_at integer,
  off_because text,
  first_seen_at integer not null,
  last_attempt_at integer not null,
  last_success_at integer,
  failing_since integer,
  failures integer not null default 0,
  last_error text,
  rests_until integer,
  rests_because text,
  check ((is_enabled = 0) = (off_because is not null)),
  check ((failing_since is null) = (failures = 0))
) strict;
create index receivers_off on receivers (address) where is_enabled = 0;
create index receivers_failing on receivers (address) where failing_since is not null;
create index receivers_by_attempt on receivers (last_attempt_at);

alter table queues add column callbacks_json text;
alter table secrets add column retires_at integer;
`
