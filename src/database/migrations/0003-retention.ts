/**
 * What the cleaner of records goes by; the same text on SQLite and PostgreSQL.
 *
 * `deliveries_by_event`: whoever removes an event is asked whether a delivery still names it, and without this index
 * that reads every delivery there is.
 */
export const retention = `
create index jobs_ended on jobs (ended_at, id) where ended_at is not null;
create index deliveries_by_event on deliveries (event_id);
-- Those that are delivered and still have their body: emptying one takes it out of here.
create index deliveries_with_body on deliveries (ended_at) where state = 'Delivered' and length(body) > 0;
`
