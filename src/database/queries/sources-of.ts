import type { Selectable } from 'kysely'
import type { StoredObject } from '../../objects/index.ts'
import type { Ledger } from '../ledger.ts'
import { objectFromRow } from '../rows.ts'
import { statement } from '../statement.ts'
import type { Tables } from '../tables.ts'

type JobRow = Pick<Selectable<Tables['jobs']>, 'id' | 'bucket' | 'input_object'>

const inputsOf = statement(({ db }, { jobIds }: { jobIds: readonly string[] }) =>
  db
    .selectFrom('jobs')
    .innerJoin('objects', (join) =>
      join.onRef('objects.bucket', '=', 'jobs.bucket').onRef('objects.key', '=', 'jobs.input_object'),
    )
    .select('jobs.id')
    .selectAll('objects')
    .where('jobs.id', 'in', jobIds),
)

/** What each job's input key names now, by the id of the job; nothing for a key that names nothing. */
export async function sourcesOf(ledger: Ledger, jobs: readonly JobRow[]): Promise<Map<string, StoredObject>> {
  const sources = new Map<string, StoredObject>()
  if (jobs.length === 0) return sources
  const rows = await inputsOf.all(ledger, { jobIds: jobs.map(({ id }) => id) })
  for (const row of rows) sources.set(row.id, objectFromRow(row))
  return sources
}
