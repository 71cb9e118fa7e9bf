/** Styles: rules that a bucket keeps under names; and whether a bucket gives the originals of its pictures. */
export const stylesSqlite = `
create table styles (
  bucket text not null references buckets(name) on delete cascade,
  name text not null,
  body text not null,
  created_at integer not null,
  updated_at integer not null,
  primary key (bucket, name)
) strict, without rowid;

alter table buckets add column origin_protected integer not null default 0 check (origin_protected in (0, 1));
`
