/** Styles, for PostgreSQL: the same as for SQLite, constraint by constraint. */
export const stylesPostgres = `
create table styles (
  bucket text collate "C" not null references buckets(name) on delete cascade,
  name text collate "C" not null,
  body text collate "C" not null,
  created_at bigint not null,
  updated_at bigint not null,
  primary key (bucket, name)
);

alter table buckets add column origin_protected integer not null default 0 check (origin_protected in (0, 1));
`
