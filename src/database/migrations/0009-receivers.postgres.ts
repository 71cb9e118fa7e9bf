/**
 * Receivers and what deliveries say of them, for PostgreSQL: the same as for SQLite, constraint by constraint.
 */
export const receiversPostgres = `
alter table deliveries drop constraint deliveries_state_check;
alter table deliveries add constraint deliveries_state_check
  check (state in ('Waiting', 'Sending', 'Delivered', 'Dead', 'Cancelled', 'Held'));

alter table deliveries add column receiver text collate "C";
alter table deliveries add column queue_id text collate "C";
alter table deliveries add column workflow_id text collate "C";
alter table deliveries add column by_queue integer not null default 0 check (by_queue in (0, 1));
alter table deliveries add column round_at bigint;
alter table deliveries add column round_attempts integer not null default 0;
create index deliveries_by_time on deliveries (created_at, id);
create index deliveries_by_receiver on deliveries (receiver, created_at, id) where receiver is not null;
create index deliveries_held on deliveries (receiver, created_at, id) where state = 'Held';
create index deliveries_dead on deliveries (created_at, id) where state = 'Dead';

create table receivers (
  id text collate "C" primary key,
  address text collate "C" not null unique,
  origin text collate "C" not null,
  is_enabled integer not null default 1 check (is_enabled in (0, 1)),
  switched_at bigint,
  off_because text collate "C",
  first_seen_at bigint not null,
  last_attempt_at bigint not null,
  last_success_at bigint,
  failing_since bigint,
  failures integer not null default 0,
  last_error text collate "C",
  rests_until bigint,
  rests_because text collate "C",
  check ((is_enabled = 0) = (off_because is not null)),
  check ((failing_since is null) = (failures = 0))
);
create index receivers_off on receivers (address) where is_enabled = 0;
create index receivers_failing on receivers (address) where failing_since is not null;
create index receivers_by_attempt on receivers (last_attempt_at);

alter table queues add column callbacks_json text collate "C";
alter table secrets add column retires_at bigint;
`
