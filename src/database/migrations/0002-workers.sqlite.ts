/**
 * Who runs what. On SQLite one server owns the ledger and these stay empty: the tables are the same on both, so that the
 * queries can be.
 */
export const workersSqlite = `
create table workers (
  id text primary key,
  place text not null,
  started_at integer not null,
  seen_at integer not null,
  steady_since integer not null
) strict;

alter table jobs add column worker_id text;
alter table deliveries add column worker_id text;
`
