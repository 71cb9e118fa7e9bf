import { firstTablesPostgres } from './0001-first-tables.postgres.ts'
import { firstTablesSqlite } from './0001-first-tables.sqlite.ts'
import { workersPostgres } from './0002-workers.postgres.ts'
import { workersSqlite } from './0002-workers.sqlite.ts'
import { retention } from './0003-retention.ts'
import { workflowsPostgres } from './0004-workflows.postgres.ts'
import { workflowsSqlite } from './0004-workflows.sqlite.ts'
import { batchesPostgres } from './0005-batches.postgres.ts'
import { batchesSqlite } from './0005-batches.sqlite.ts'
import { stylesPostgres } from './0006-styles.postgres.ts'
import { stylesSqlite } from './0006-styles.sqlite.ts'
import { uploadsPostgres, uploadsSqlite } from './0007-uploads.ts'
import { accessKeysPostgres } from './0008-access-keys.postgres.ts'
import { accessKeysSqlite } from './0008-access-keys.sqlite.ts'
import { receiversPostgres } from './0009-receivers.postgres.ts'
import { receiversSqlite } from './0009-receivers.sqlite.ts'
import { eventFeedPostgres, eventFeedSqlite } from './0010-event-feed.ts'
import { repeatedSubmits } from './0011-repeated-submits.ts'

export interface Migration {
  readonly number: number
  readonly name: string
  readonly sqlite: string
  readonly postgres: string
}

/**
 * All migrations, in order, each as a text for either engine. Numbered and never edited once released: a change of the
 * tables is a new entry at the end.
 */
export const migrations: readonly Migration[] = [
  { number: 1, name: 'first tables', sqlite: firstTablesSqlite, postgres: firstTablesPostgres },
  { number: 2, name: 'workers', sqlite: workersSqlite, postgres: workersPostgres },
  { number: 3, name: 'retention', sqlite: retention, postgres: retention },
  { number: 4, name: 'workflows', sqlite: workflowsSqlite, postgres: workflowsPostgres },
  { number: 5, name: 'batches', sqlite: batchesSqlite, postgres: batchesPostgres },
  { number: 6, name: 'styles', sqlite: stylesSqlite, postgres: stylesPostgres },
  { number: 7, name: 'uploads', sqlite: uploadsSqlite, postgres: uploadsPostgres },
  { number: 8, name: 'access keys', sqlite: accessKeysSqlite, postgres: accessKeysPostgres },
  { number: 9, name: 'receivers', sqlite: receiversSqlite, postgres: receiversPostgres },
  { number: 10, name: 'event feed', sqlite: eventFeedSqlite, postgres: eventFeedPostgres },
  { number: 11, name: 'repeated submits', sqlite: repeatedSubmits, postgres: repeatedSubmits },
]

/** The schema this program works with. */
export const newestSchema = migrations.at(-1)?.number ?? 0
