/**
 * Multipart uploads, who may read without a signature, and what other web sites may do.
 *
 * An upload has its row from its beginning until it is aborted or has expired; a completed one keeps it for a while, so
 * that a client that did not hear the answer is told again. A part is a blob, named here and nowhere else.
 */
const uploads = (text: string, integer: string, tableEnd: string, keyedTableEnd: string) => `
alter table buckets add column acl ${text} not null default 'private'
  check (acl in ('private', 'public-read', 'public-read-write'));
alter table buckets add column cors_json ${text};
alter table objects add column acl ${text} not null default 'default'
  check (acl in ('default', 'private', 'public-read'));

create table uploads (
  id ${text} primary key,
  bucket ${text} not null references buckets(name),
  key ${text} not null check (length(key) > 0),
  content_type ${text} not null,
  headers_json ${text} not null,
  acl ${text} not null check (acl in ('default', 'private', 'public-read')),
  started_at ${integer} not null,
  touched_at ${integer} not null,
  completed_at ${integer},
  completed_json ${text},
  check ((completed_at is null) = (completed_json is null))
)${tableEnd};
create index uploads_by_key on uploads (bucket, key, id) where completed_at is null;
create index uploads_by_touch on uploads (touched_at) where completed_at is null;
create index uploads_by_end on uploads (completed_at) where completed_at is not null;

create table parts (
  upload_id ${text} not null references uploads(id),
  number ${integer} not null check (number between 1 and 10000),
  blob_id ${text} not null,
  size ${integer} not null check (size >= 0),
  md5 ${text} not null,
  crc64 ${text} not null,
  last_modified ${integer} not null,
  primary key (upload_id, number)
)${keyedTableEnd};
create index parts_by_blob on parts (blob_id);
`

export const uploadsSqlite = uploads('text', 'integer', ' strict', ' strict, without rowid')
export const uploadsPostgres = uploads('text collate "C"', 'bigint', '', '')
