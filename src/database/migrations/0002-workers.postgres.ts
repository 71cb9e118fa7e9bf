/**
 * Who runs what. A row of `workers` is renewed every other second, always in place: room is left in its pages for the
 * new versions, so that no index is touched.
 */
export const workersPostgres = `
create table workers (
  id text collate "C" primary key,
  place text not null,
  started_at bigint not null,
  seen_at bigint not null,
  steady_since bigint not null
) with (fillfactor = 50);

alter table jobs add column worker_id text collate "C";
alter table deliveries add column worker_id text collate "C";
`
