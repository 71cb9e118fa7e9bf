/** The order of events, for whoever reads them one after the other. See `queries/events-after.ts`. */
const feed = (text: string, integer: string) => `
-- One row. last: the greatest position that was given out. removed_through: whoever has read no further than before this
-- position has missed something that is not there any more.
create table event_feed (
  name ${text} primary key check (name = 'all'),
  last ${integer} not null check (last >= 0),
  removed_through ${integer} not null check (removed_through between 0 and last)
);
insert into event_feed (name, last, removed_through) values ('all', 0, 0);
alter table events add column position ${integer};
create unique index events_by_position on events (position) where position is not null;
-- Those that nobody has asked for yet.
create index events_without_position on events (created_at, id) where position is null;
`

export const eventFeedSqlite = feed('text', 'integer')
export const eventFeedPostgres = feed('text collate "C"', 'bigint')
