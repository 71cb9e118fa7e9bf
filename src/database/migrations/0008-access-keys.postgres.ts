/** Key pairs and bearer tokens. Few and read all at once, so there is no index but that of the ids. */
export const accessKeysPostgres = `
create table access_keys (
  id text collate "C" primary key,
  kind text not null check (kind in ('pair', 'token')),
  name text not null,
  secret text not null,
  buckets_json text not null,
  permissions_json text not null,
  created_at bigint not null,
  expires_at bigint,
  is_disabled integer not null default 0 check (is_disabled in (0, 1)),
  last_used_at bigint
);
`
