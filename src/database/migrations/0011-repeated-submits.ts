/**
 * By what a repeated submit is known again; the same text on SQLite and PostgreSQL. Looked for among the latest jobs of
 * one object (`jobs_by_input`), so it needs no index of its own.
 */
export const repeatedSubmits = `
alter table jobs add column submitted_as text;
`
